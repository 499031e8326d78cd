// What a person can do about a launch step that the kernel refused: mostly, which capability this root lacks. Pure.
import type { Step } from '../launch/program.ts';

/** What a call needs where the kernel answers EPERM or EACCES (capabilities(7)), by what the step is for. */
const needs: readonly (readonly [why: RegExp, capability: string, what: string])[] = [
  [/^setting RLIMIT_/, 'CAP_SYS_RESOURCE', 'raising a hard limit'],
  [/^setting oom_score_adj/, 'CAP_SYS_RESOURCE', 'lowering oom_score_adj'],
  [/^making the device /, 'CAP_MKNOD', 'making a device'],
  [/^taking CAP_\w+ out of the bounding set/, 'CAP_SETPCAP', 'dropping a capability'],
  [/^setting the supplementary groups|^becoming group /, 'CAP_SETGID', 'changing the group'],
  [/^becoming user /, 'CAP_SETUID', 'changing the user'],
  [/^setting net\./, 'CAP_NET_ADMIN', 'this setting'],
];

/** @param available The capabilities that we have. Undefined where we know nothing to do. */
export function launchHint(step: Step, errno: string, available: readonly string[]): string | undefined {
  if (errno === 'EPERM' || errno === 'EACCES') {
    const [, capability, what] = needs.find(([why, name]) => why.test(step.why) && !available.includes(name)) ?? [];
    return capability === undefined ? undefined : `${what} needs ${capability}, which this root lacks`;
  }
  if (errno === 'ENOSYS') return `this kernel has no ${step.call}`;
  if (errno === 'ENODEV' && step.call === 'fsopen')
    return `this kernel has no file system ${String(step.args[0])}; is its module loaded?`;
  if (errno === 'ELOOP' && step.call === 'openat2')
    return 'the image has a link there, and what belongs there is not mounted through links';
  if (errno === 'EINVAL' && /upperdir$/.test(step.why))
    return 'the store lies on a file system that takes no upper directory, such as an overlay: put it on a volume (--root)';
  if (errno === 'ENOENT' && step.call === 'execve')
    return 'the file is there: the interpreter in its first line, or its dynamic loader, is not';
  return errno === 'ENOEXEC' ? 'is it for another architecture, or a script without #!?' : undefined;
}

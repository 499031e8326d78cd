// Another process in a container: what it is to be, from the container's own spec and what is asked for (docker exec --help).

import type { Hierarchy } from '../cgroup/hierarchy.ts';
import { payloadPath } from '../cgroup/place.ts';
import { capabilitiesIn } from '../kernel/capabilities.ts';
import type { WindowSize } from '../launch/devices.ts';
import { compileExec } from '../launch/execute.ts';
import { compileProcess, type ResolvedProcess } from '../launch/process.ts';
import type { Phase } from '../launch/program.ts';
import { capabilitySets } from '../spec/capabilities.ts';
import { mergeEnvironment, withHome } from '../spec/process.ts';
import type { Spec } from '../spec/types.ts';
import { resolveUser } from '../spec/users.ts';
import { type ContainerRoot, findCommand, readUserFiles } from './look-up.ts';

export interface ExecOptions {
  readonly command: readonly string[];
  /** `KEY=VALUE`, laid over the container's. */
  readonly env: readonly string[];
  /** As --user of `run`; the container's own unless given. */
  readonly user?: string;
  readonly workdir?: string;
  readonly interactive: boolean;
  readonly tty: boolean;
  /** With all capabilities, and without a system call filter. */
  readonly privileged: boolean;
}

/** What of the container counts. */
export interface ExecTarget {
  readonly id: string;
  readonly spec: Spec;
  readonly hierarchy: Hierarchy;
  /** The user of the container, before it is looked up. */
  readonly user: string;
  readonly groupAdd: readonly string[];
  /** Every capability that we may hand on, as bits. */
  readonly permitted: bigint;
}

/** The launch program. Throws `commandNotFound`, `commandNotExecutable`, and `notFound` for a user that is none. */
export function execPhases(
  target: ExecTarget,
  options: ExecOptions,
  root: ContainerRoot,
  {
    windowSize,
    find = findCommand,
  }: { readonly windowSize?: WindowSize | undefined; readonly find?: typeof findCommand } = {},
): [Phase, Phase] {
  const first = compileExec({
    spec: target.spec,
    cgroup: payloadPath(target.hierarchy.path, target.id),
    terminal: options.tty,
    ...(windowSize === undefined ? {} : { windowSize }),
  });
  return [first, compileProcess(resolveExec(target, options, root, find), first.steps.length)];
}

function resolveExec(
  target: ExecTarget,
  options: ExecOptions,
  root: ContainerRoot,
  find: typeof findCommand,
): ResolvedProcess {
  const { process, linux } = target.spec;
  const groups = options.user === undefined ? target.groupAdd : [];
  const user = resolveUser(options.user ?? target.user, groups, readUserFiles(root));
  // Another user has another HOME.
  const inherited = process.env.filter((entry) => options.user === undefined || !entry.startsWith('HOME='));
  const env = withHome(mergeEnvironment(options.tty ? ['TERM=xterm'] : [], inherited, options.env), user.home);
  const cwd = options.workdir ?? process.cwd;
  const path = find(root, options.command[0] ?? '', env, cwd);
  const names = options.privileged ? capabilitiesIn(target.permitted) : (process.capabilities?.bounding ?? []);
  return {
    path,
    args: options.command,
    env,
    cwd,
    uid: user.uid,
    gid: user.gid,
    groups: user.groups,
    umask: 0o22,
    capabilities: capabilitySets(names, user.uid),
    noNewPrivileges: process.noNewPrivileges ?? false,
    seccomp: options.privileged ? undefined : linux.seccomp,
    rlimits: process.rlimits ?? [],
    ownStdio: options.tty || options.interactive ? [0, 1, 2] : [1, 2],
  };
}

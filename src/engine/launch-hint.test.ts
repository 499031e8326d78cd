import { expect, test } from 'vitest';
import { ProgramBuilder } from '../launch/program.ts';
import { launchHint } from './launch-hint.ts';

function step(why: string, call: string, args: readonly string[] = []) {
  const program = new ProgramBuilder();
  program.call(why, call, args);
  return program.end().steps[0]!;
}

test.each([
  [
    'setting RLIMIT_NOFILE',
    'prlimit64',
    'EPERM',
    [],
    'raising a hard limit needs CAP_SYS_RESOURCE, which this root lacks',
  ],
  [
    'setting oom_score_adj to -5',
    'write',
    'EACCES',
    [],
    'lowering oom_score_adj needs CAP_SYS_RESOURCE, which this root lacks',
  ],
  ['setting RLIMIT_NOFILE', 'prlimit64', 'EPERM', ['CAP_SYS_RESOURCE'], undefined],
  ['making the device /dev/null', 'mknodat', 'EPERM', [], 'making a device needs CAP_MKNOD, which this root lacks'],
  ['cloning', 'clone3', 'ENOSYS', [], 'this kernel has no clone3'],
  [
    'taking hold of /proc',
    'openat2',
    'ELOOP',
    [],
    'the image has a link there, and what belongs there is not mounted through links',
  ],
  ['changing to the working directory', 'chdir', 'ENOENT', [], undefined],
  [
    "setting the overlay's upperdir",
    'fsconfig',
    'EINVAL',
    [],
    'the store lies on a file system that takes no upper directory, such as an overlay: put it on a volume (--root)',
  ],
])('%s by %s, refused with %s, having %j: %s', (why, call, errno, available, hint) => {
  expect(launchHint(step(why, call), errno, available)).toBe(hint);
});

test('an unknown file system is named', () => {
  expect(launchHint(step('opening', 'fsopen', ['overlay']), 'ENODEV', [])).toContain('no file system overlay');
});

import { describe, expect, test } from 'vitest';
import { programLines, programSteps } from '../../test/support/program-lines.ts';
import type { Device } from '../spec/types.ts';
import { bindDevices, linkDevices, makeDevices, makeTerminal, takeDevices } from './devices.ts';

const lines = (device: Device) => programLines((program) => makeDevices(program, [device]));

describe('a device', () => {
  test('is a node with its numbers, and may be there already', () => {
    expect(lines({ type: 'c', path: '/dev/null', major: 1, minor: 3 })).toEqual([
      'mknodat(AT_FDCWD, "/dev/null", S_IFCHR|0666, makedev(1, 3)) or EEXIST',
    ]);
    expect(lines({ type: 'b', path: '/dev/sda', major: 8, minor: 0, fileMode: 0o660 })).toEqual([
      'mknodat(AT_FDCWD, "/dev/sda", S_IFBLK|0660, makedev(8, 0)) or EEXIST',
    ]);
  });

  test.each([
    ['c', 0o020666],
    ['u', 0o020666],
    ['b', 0o060666],
    ['p', 0o010666],
  ] as const)('of type %s has the mode %i', (type, mode) => {
    const [step] = programSteps((program) => makeDevices(program, [{ type, path: '/dev/x', major: 259, minor: 300 }]));
    expect(step!.args[2]).toMatchObject({ value: mode });
    expect(step!.args[3]).toMatchObject({ value: type === 'p' ? expect.anything() : 0x11032cn });
  });

  test('in a folder gets the folder', () => {
    expect(lines({ type: 'c', path: '/dev/net/tun', major: 10, minor: 200 })).toEqual([
      'mkdirat(AT_FDCWD, "/dev", 0755) or EEXIST EROFS',
      'mkdirat(AT_FDCWD, "/dev/net", 0755) or EEXIST EROFS',
      'mknodat(AT_FDCWD, "/dev/net/tun", S_IFCHR|0666, makedev(10, 200)) or EEXIST',
    ]);
  });

  test.each([
    [0, 6],
    [1000, 0],
  ])('of user %i and group %i is given to them', (uid, gid) => {
    expect(lines({ type: 'c', path: '/dev/x', major: 1, minor: 1, uid, gid }).at(-1)).toBe(
      `fchownat(AT_FDCWD, "/dev/x", ${uid}, ${gid}, 0)`,
    );
  });

  test('that may not be made is the host’s, bound on an empty file', () => {
    const devices: Device[] = [{ type: 'c', path: '/dev/null', major: 1, minor: 3 }];
    expect(programLines((program) => bindDevices(program, takeDevices(program, devices)))).toEqual([
      'open_tree(AT_FDCWD, "/dev/null", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC) = </dev/null>',
      'mkdirat(AT_FDCWD, "/dev", 0755) or EEXIST EROFS',
      'mknodat(AT_FDCWD, "/dev/null", S_IFREG|0755, 0) or EEXIST EROFS',
      'move_mount(</dev/null>, "", AT_FDCWD, "/dev/null", MOVE_MOUNT_F_EMPTY_PATH)',
    ]);
  });
});

test('the links that programs expect in /dev', () => {
  expect(programLines(linkDevices)).toEqual([
    'symlinkat("/proc/self/fd", AT_FDCWD, "/dev/fd") or EEXIST',
    'symlinkat("/proc/self/fd/0", AT_FDCWD, "/dev/stdin") or EEXIST',
    'symlinkat("/proc/self/fd/1", AT_FDCWD, "/dev/stdout") or EEXIST',
    'symlinkat("/proc/self/fd/2", AT_FDCWD, "/dev/stderr") or EEXIST',
    'symlinkat("/proc/kcore", AT_FDCWD, "/dev/core") or EEXIST',
    'symlinkat("pts/ptmx", AT_FDCWD, "/dev/ptmx") or EEXIST',
  ]);
});

describe('a terminal', () => {
  test('is the container’s own, bound on /dev/console, its other side the shim’s', () => {
    expect(programLines((program) => makeTerminal(program, 4, { height: 24, width: 80 }))).toMatchInlineSnapshot(`
      [
        "openat(AT_FDCWD, "/dev/pts/ptmx", O_RDWR|O_NOCTTY|O_CLOEXEC, 0) = <terminal>",
        "ioctl(<terminal>, TIOCSPTLCK, [0])",
        "ioctl(<terminal>, TIOCSWINSZ, {rows=24, columns=80})",
        "ioctl(<terminal>, TIOCGPTPEER, O_RDWR|O_NOCTTY|O_CLOEXEC) = <console>",
        "sendmsg(4 (shim), {"t", SCM_RIGHTS <terminal>}, 0)",
      ]
    `);
  });

  test('has no size where the caller has none', () => {
    const without = programLines((program) => makeTerminal(program, 4, undefined));
    expect(without.filter((line) => line.includes('TIOCSWINSZ'))).toEqual([]);
  });

  test('goes to the shim in a message whose descriptor the opening step fills in', () => {
    const steps = programSteps((program) => makeTerminal(program, 4, undefined));
    const { store } = steps[0]!;
    expect(store?.at).toBe(16);
    expect(steps.at(-1)!.args[1]).toMatchObject({ parts: expect.arrayContaining([store!.memory]) });
  });
});

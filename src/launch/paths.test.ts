import { describe, expect, test } from 'vitest';
import { programLines, programSteps } from '../../test/support/program-lines.ts';
import { ancestry, attach, attachAt, makeFile, makeFolder, octal, takePlace } from './paths.ts';

describe('the folders on the way to a path', () => {
  test.each([
    ['/', []],
    ['', []],
    ['/a', ['/a']],
    ['/a/b/c', ['/a', '/a/b', '/a/b/c']],
    ['//a///b/', ['/a', '/a/b']],
    ['/./a/./b', ['/a', '/a/b']],
    ['a/b', ['/a', '/a/b']],
    ['/a b/ä', ['/a b', '/a b/ä']],
  ])('%j', (path, expected) => {
    expect(ancestry(path)).toEqual(expected);
  });
});

test('a folder is made with all above it, and may be there already or on a read-only file system', () => {
  expect(programLines((program) => makeFolder(program, '/a/b'))).toEqual([
    'mkdirat(AT_FDCWD, "/a", 0755) or EEXIST EROFS',
    'mkdirat(AT_FDCWD, "/a/b", 0755) or EEXIST EROFS',
  ]);
  expect(programLines((program) => makeFolder(program, '/'))).toEqual([]);
});

test('a file is made empty, with the folders above it', () => {
  expect(programLines((program) => makeFile(program, '/a/b'))).toEqual([
    'mkdirat(AT_FDCWD, "/a", 0755) or EEXIST EROFS',
    'mknodat(AT_FDCWD, "/a/b", S_IFREG|0755, 0) or EEXIST EROFS',
  ]);
  expect(programLines((program) => makeFile(program, '/b'))).toHaveLength(1);
});

test('a place of the kernel’s file systems is taken without following a link (CVE-2019-19921)', () => {
  const [step] = programSteps((program) => takePlace(program, '/proc'));
  expect(step).toMatchObject({ call: 'openat2', as: '/proc', retry: true, accepted: [] });
  expect(step!.args[2]).toMatchObject({
    parts: [
      [8, 0x280000],
      [8, 0],
      [8, 0x04],
    ],
  });
  expect(step!.args[3]).toBe(24);
});

test('a detached mount is attached on what is held, or on a path', () => {
  const mount = { kind: 'result', step: 0, name: 'mount' } as const;
  const place = { kind: 'result', step: 1, name: 'place' } as const;
  const lines = programLines((program) => {
    attach(program, 'attaching', mount, place, ['EINVAL']);
    attachAt(program, 'attaching', mount, '/to');
  });
  expect(lines).toEqual([
    'move_mount(<mount>, "", <place>, "", MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH) or EINVAL',
    'move_mount(<mount>, "", AT_FDCWD, "/to", MOVE_MOUNT_F_EMPTY_PATH)',
  ]);
});

test.each([
  [0o755, '0755'],
  [0, '00'],
  [0o1777, '01777'],
])('the mode %i is written %s', (mode, text) => {
  expect(octal(mode)).toBe(text);
});

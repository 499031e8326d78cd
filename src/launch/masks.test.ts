import { expect, test } from 'vitest';
import { programLines } from '../../test/support/program-lines.ts';
import { maskPaths, protectPaths, takeCovers } from './masks.ts';
import type { SourceKind } from './mounts.ts';

const mask = (path: string, kind?: SourceKind) =>
  programLines((program) => {
    const kinds = new Map(kind === undefined ? [] : [[path, kind]]);
    maskPaths(program, takeCovers(program, [path], kinds, '/empty'));
  });

const cover = (source: string): string =>
  `open_tree(AT_FDCWD, "${source}", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC) = <cover of /proc/x>`;
const readOnly = 'mount_setattr(<cover of /proc/x>, "", AT_EMPTY_PATH, {attr_set=MOUNT_ATTR_RDONLY}, 32)';
const look = (how: string): string => `openat(AT_FDCWD, "/proc/x", ${how}, 0) = </proc/x> or ENOENT ENOTDIR EACCES`;
const attach = 'move_mount(<cover of /proc/x>, "", </proc/x>, "", MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH)';

test('a file is hidden by the host’s /dev/null, never by the container’s (CVE-2025-31133)', () => {
  expect(mask('/proc/x', 'file')).toEqual([cover('/dev/null'), look('O_PATH|O_NOFOLLOW|O_CLOEXEC'), attach]);
});

test('a folder is hidden by an empty one that cannot be written to', () => {
  expect(mask('/proc/x', 'directory')).toEqual([
    cover('/empty'),
    readOnly,
    look('O_PATH|O_NOFOLLOW|O_CLOEXEC|O_DIRECTORY'),
    attach,
  ]);
});

test('of a path that the host lacks both are tried, and the one that does not fit is no failure', () => {
  expect(mask('/proc/x')).toEqual([
    cover('/empty'),
    readOnly,
    cover('/dev/null'),
    look('O_PATH|O_NOFOLLOW|O_CLOEXEC|O_DIRECTORY'),
    `${attach} or ENOTDIR EINVAL`,
    look('O_PATH|O_NOFOLLOW|O_CLOEXEC'),
    `${attach} or ENOTDIR EINVAL`,
  ]);
});

test('each path has a cover of its own: a detached mount can be attached once only', () => {
  const lines = programLines((program) =>
    takeCovers(
      program,
      ['/proc/a', '/proc/b'],
      new Map([
        ['/proc/a', 'file'],
        ['/proc/b', 'file'],
      ]),
      '/empty',
    ),
  );
  expect(lines.map((line) => line.slice(-20))).toEqual(['= <cover of /proc/a>', '= <cover of /proc/b>']);
});

test('a path is protected by a read-only view of itself, which no link leads elsewhere', () => {
  expect(programLines((program) => protectPaths(program, ['/proc/sys']))).toEqual([
    'open_tree(AT_FDCWD, "/proc/sys", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE|AT_SYMLINK_NOFOLLOW) = </proc/sys> or ENOENT',
    'mount_setattr(</proc/sys>, "", AT_EMPTY_PATH|AT_RECURSIVE, {attr_set=MOUNT_ATTR_RDONLY}, 32)',
    'move_mount(</proc/sys>, "", AT_FDCWD, "/proc/sys", MOVE_MOUNT_F_EMPTY_PATH)',
  ]);
});

test('nothing is done where nothing is to be hidden', () => {
  expect(programLines((program) => maskPaths(program, takeCovers(program, [], new Map(), '/empty')))).toEqual([]);
  expect(programLines((program) => protectPaths(program, []))).toEqual([]);
});

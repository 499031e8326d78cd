// Places in the container's root, named after pivot_root: a path then resolves inside the container whatever links an
// image put into it, because the host's tree is no longer reachable.
import * as k from '../kernel/constants.ts';
import { flags, memory, named, type ProgramBuilder, type Result } from './program.ts';

export const here = named('AT_FDCWD', k.AT_FDCWD);

/** The folders on the way to `path`, outermost first, and `path` itself. */
export function ancestry(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  return names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`);
}

/** Makes a folder and those above it where they are missing. */
export function makeFolder(program: ProgramBuilder, path: string, mode = 0o755): void {
  for (const folder of ancestry(path)) {
    program.call(`making the folder ${folder}`, 'mkdirat', [here, folder, named(octal(mode), mode)], {
      accepted: ['EEXIST', 'EROFS'],
    });
  }
}

/** Makes an empty file to mount something on, and the folders above it. */
export function makeFile(program: ProgramBuilder, path: string): void {
  const folders = ancestry(path).slice(0, -1);
  if (folders.length > 0) makeFolder(program, folders.at(-1)!);
  program.call(`making the file ${path}`, 'mknodat', [here, path, named('S_IFREG|0755', k.S_IFREG | 0o755), 0], {
    accepted: ['EEXIST', 'EROFS'],
  });
}

/**
 * Takes hold of `path` without following any link on the way: what is mounted on /proc or /sys must be there, and not
 * where an image's link says (CVE-2019-19921).
 */
export function takePlace(program: ProgramBuilder, path: string): Result {
  const how = memory(
    '{flags=O_PATH|O_CLOEXEC, resolve=RESOLVE_NO_SYMLINKS}',
    [8, k.O_PATH | k.O_CLOEXEC],
    [8, 0],
    [8, k.RESOLVE_NO_SYMLINKS],
  );
  return program.call(`taking hold of ${path}`, 'openat2', [here, path, how, 24], {
    as: path,
    retry: true,
  });
}

/** Attaches a detached mount on what `place` holds. */
export function attach(
  program: ProgramBuilder,
  why: string,
  mount: Result,
  place: Result,
  accepted: string[] = [],
): void {
  const both = flags(
    ['MOVE_MOUNT_F_EMPTY_PATH', k.MOVE_MOUNT_F_EMPTY_PATH],
    ['MOVE_MOUNT_T_EMPTY_PATH', k.MOVE_MOUNT_T_EMPTY_PATH],
  );
  program.call(why, 'move_mount', [mount, '', place, '', both], { accepted });
}

/** Attaches a detached mount on a path. */
export function attachAt(program: ProgramBuilder, why: string, mount: Result, path: string): void {
  program.call(why, 'move_mount', [mount, '', here, path, named('MOVE_MOUNT_F_EMPTY_PATH', k.MOVE_MOUNT_F_EMPTY_PATH)]);
}

export const octal = (mode: number): string => `0${mode.toString(8)}`;

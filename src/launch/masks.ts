// Masked and read-only paths (config-linux.md): what /proc and /sys show of the host is hidden, and what could change the
// host is made read-only. A file is hidden by the host's /dev/null, a folder by an empty one.
import * as k from '../kernel/constants.ts';
import { mountReadOnly, type SourceKind } from './mounts.ts';
import { attach, here } from './paths.ts';
import { flags, memory, named, type ProgramBuilder, type Result } from './program.ts';

/** A detached mount that hides a path of its kind. */
interface Cover {
  readonly path: string;
  readonly kind: SourceKind;
  /** The path's kind was a guess: that the cover does not fit is no failure. */
  readonly guessed: boolean;
  readonly mount: Result;
}

/**
 * Host program: takes what will hide `paths`, one mount each, as a detached mount can be attached once only. The
 * container's own /dev/null is not used: a process that shares a volume with it could have put something else there
 * (CVE-2025-31133).
 * @param kinds What each path is, where the host has it too; of an unknown one both kinds are tried.
 * @param empty An empty folder on the host.
 */
export function takeCovers(
  program: ProgramBuilder,
  paths: readonly string[],
  kinds: ReadonlyMap<string, SourceKind>,
  empty: string,
): Cover[] {
  program.group('masked and read-only paths');
  const how = flags(['OPEN_TREE_CLONE', k.OPEN_TREE_CLONE], ['OPEN_TREE_CLOEXEC', k.OPEN_TREE_CLOEXEC]);
  return paths.flatMap((path) => {
    const kind = kinds.get(path);
    const wanted: readonly SourceKind[] = kind === undefined ? ['directory', 'file'] : [kind];
    return wanted.map((each): Cover => {
      const source = each === 'file' ? '/dev/null' : empty;
      const mount = program.call(`taking ${source} to hide ${path} with`, 'open_tree', [here, source, how], {
        as: `cover of ${path}`,
      });
      if (each === 'directory') {
        const readOnly = memory('{attr_set=MOUNT_ATTR_RDONLY}', [8, k.MOUNT_ATTR_RDONLY], [8, 0], [8, 0], [8, 0]);
        program.call(`making the cover of ${path} read-only`, 'mount_setattr', [
          mount,
          '',
          named('AT_EMPTY_PATH', k.AT_EMPTY_PATH),
          readOnly,
          32,
        ]);
      }
      return { path, kind: each, guessed: kind === undefined, mount };
    });
  });
}

/** Container program: hides the paths; one that is not there is passed over. */
export function maskPaths(program: ProgramBuilder, covers: readonly Cover[]): void {
  program.group('masked and read-only paths');
  for (const { path, kind, guessed, mount } of covers) {
    const how = flags(
      ['O_PATH', k.O_PATH],
      ['O_NOFOLLOW', k.O_NOFOLLOW],
      ['O_CLOEXEC', k.O_CLOEXEC],
      ...(kind === 'directory' ? [['O_DIRECTORY', k.O_DIRECTORY] as const] : []),
    );
    const place = program.call(`looking for ${path}`, 'openat', [here, path, how, 0], {
      as: path,
      accepted: ['ENOENT', 'ENOTDIR', 'EACCES'],
    });
    attach(program, `hiding ${path}`, mount, place, guessed ? ['ENOTDIR', 'EINVAL'] : []);
  }
}

/** Container program: read-only views over `paths`; one that is not there is passed over. */
export function protectPaths(program: ProgramBuilder, paths: readonly string[]): void {
  program.group('masked and read-only paths');
  for (const path of paths) mountReadOnly(program, path);
}

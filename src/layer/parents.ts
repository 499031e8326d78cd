// The directories that a layer's entries lie in: opened below the layer's root, made where the archive only implies them.
import { TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import { failedWith } from '../kernel/index.ts';
import { byteKernel, shown } from './byte-names.ts';
import type { Metadata } from './entry.ts';
import type { LowerLayers } from './lower-layers.ts';
import { applyToDirectory, impliedDirectory } from './metadata.ts';
import { isWhiteout, look, openDirectory } from './places.ts';

export interface Parents extends Disposable {
  /** The directory of `path`, which stays open until the next call. @param path Not of an entry but of its directory. */
  open(path: readonly string[]): number;
  /** The same, without making anything; undefined where it is not there. */
  find(path: readonly string[]): number | undefined;
  /** The directory that no link of `path` leads to; undefined where it is not there. */
  findTrue(path: readonly string[]): number | undefined;
  /** Something was replaced: the directory that was opened last stays open until the next call, and may be gone from its path. */
  forgetPath(): void;
}

/**
 * ATTACK: a layer that holds a symbolic link `a -> /etc` and then a file `a/passwd` writes to the host where the path is
 * followed as a string (CVE-2018-15664's family). The kernel resolves each path inside the layer's root: `a/passwd` is
 * then etc/passwd of the layer, as it would be in the container.
 */
const resolution = k.RESOLVE_IN_ROOT | k.RESOLVE_NO_MAGICLINKS | k.RESOLVE_NO_XDEV;

/**
 * @param root The layer's root; stays the caller's.
 * @param onImplied Told of each directory that was made without an entry of its own.
 * @param hide Makes a directory show nothing of the layers below.
 */
export function openParents(
  root: number,
  below: LowerLayers,
  onImplied: (path: readonly string[], directory: number, metadata: Metadata) => void,
  hide: (path: readonly string[], directory: number) => void,
): Parents {
  let held: { readonly key: string | undefined; readonly directory: number } | undefined;

  const forget = (): void => {
    if (held !== undefined) byteKernel.close(held.directory);
    held = undefined;
  };

  function resolve(path: readonly string[], how = resolution): number | undefined {
    try {
      const flags = k.O_RDONLY | k.O_DIRECTORY;
      return byteKernel.openat2(root, path.join('/') || '.', flags, how);
    } catch (error) {
      if (failedWith(error, 'ENOENT', 'ENOTDIR')) return undefined;
      if (!failedWith(error, 'ELOOP', 'EXDEV', 'ENAMETOOLONG')) throw error;
      if (how !== resolution) return undefined;
      throw new TsdockerError('corrupt', `the path ${shown(path.join('/'))} leads nowhere in its layer`, {
        cause: error,
      });
    }
  }

  function find(path: readonly string[]): number | undefined {
    const key = path.join('/');
    if (held?.key === key) return held.directory;
    const directory = resolve(path);
    if (directory === undefined) return undefined;
    forget();
    held = { key, directory };
    return directory;
  }

  /** Makes the last component of `path`, whose own parent is there. */
  function imply(path: readonly string[]): void {
    const name = path.at(-1)!;
    const parent = find(path.slice(0, -1))!;
    const there = look(parent, name);
    const covers = there !== undefined && isWhiteout(there);
    if (there !== undefined && !covers) {
      throw new TsdockerError('corrupt', `the entries of ${shown(path.join('/'))} do not lie in a directory`);
    }
    if (covers) byteKernel.unlinkat(parent, name);
    byteKernel.mkdirat(parent, name, 0o700);
    const directory = openDirectory(parent, name);
    try {
      const metadata = (covers ? undefined : below.directory(path)) ?? impliedDirectory;
      applyToDirectory(directory, metadata);
      if (covers) hide(path, directory);
      onImplied(path, directory, metadata);
    } finally {
      byteKernel.close(directory);
    }
  }

  return {
    find,
    open(path) {
      const there = find(path);
      if (there !== undefined) return there;
      for (let length = 1; length <= path.length; length++) {
        const prefix = path.slice(0, length);
        if (find(prefix) === undefined) imply(prefix);
      }
      return find(path)!;
    },
    findTrue(path) {
      forget();
      const directory = resolve(path, resolution | k.RESOLVE_NO_SYMLINKS);
      if (directory !== undefined) held = { key: undefined, directory };
      return directory;
    },
    forgetPath() {
      if (held !== undefined) held = { key: undefined, directory: held.directory };
    },
    [Symbol.dispose]: forget,
  };
}

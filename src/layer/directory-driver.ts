// The directory driver: a layer is a plain directory, `<chainID>/fs`. It is unpacked under a temporary name beside its place
// and renamed when it is whole and on the disk.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ChainID, digestHex } from '../image/digest.ts';
import * as k from '../kernel/constants.ts';
import { failedWith, kernel } from '../kernel/index.ts';
import type { LayerDriver } from './driver.ts';
import { openDirectory, removeTree } from './places.ts';
import { unpackLayer } from './unpack.ts';

const temporaryPrefix = 'new-';

/** @param folder Where the layers lie; it exists and belongs to nobody else. */
export function directoryDriver(folder: string): LayerDriver {
  const place = (chain: ChainID): string => join(folder, digestHex(chain));
  return {
    has: (chain) => existsSync(place(chain)),
    async add(chain, layer, below) {
      using held = new DisposableStack();
      const layers = held.adopt(kernel.openat(k.AT_FDCWD, folder, k.O_RDONLY | k.O_DIRECTORY), kernel.close);
      sweep(folder, layers);
      const { name, directory } = makeTemporary(layers);
      held.adopt(directory, kernel.close);
      try {
        const lowers = below.map((id) => join(place(id), 'fs')).reverse();
        await unpackLayer(directory, layer, lowers);
        moveIntoPlace(layers, name, digestHex(chain));
      } catch (error) {
        removeTemporary(layers, name);
        throw error;
      }
    },
  };
}

interface Temporary {
  readonly name: string;
  /** Locked (flock(2)) as long as its maker lives: so a leftover is known by its lock being free. */
  readonly directory: number;
}

function makeTemporary(layers: number): Temporary {
  while (true) {
    const name = temporaryPrefix + Buffer.from(kernel.getrandom(8)).toString('hex');
    kernel.mkdirat(layers, name, 0o700);
    // Between the two calls a sweeper can take the directory for a leftover; then we make another one.
    const directory = tryLock(layers, name);
    if (directory !== undefined) return { name, directory };
  }
}

/** Opens and locks a temporary directory; undefined where another holds it, or it is gone. */
function tryLock(layers: number, name: string): number | undefined {
  let directory: number;
  try {
    directory = openDirectory(layers, name);
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    kernel.flock(directory, k.LOCK_EX | k.LOCK_NB);
    if (existsSync(`/proc/self/fd/${layers}/${name}`)) return directory;
  } catch (error) {
    if (!failedWith(error, 'EAGAIN')) throw error;
  }
  kernel.close(directory);
  return undefined;
}

function moveIntoPlace(layers: number, name: string, target: string): void {
  try {
    kernel.renameat2(layers, name, layers, target);
  } catch (error) {
    if (!failedWith(error, 'ENOTEMPTY', 'EEXIST')) throw error;
    removeTemporary(layers, name); // another process was first, with the same
    return;
  }
  // The name must last before the database says that the image is there. A directory that only names directories may be
  // given to syncfs as well as to fsync.
  kernel.syncfs(layers);
}

/** Removes what processes that were killed have left. */
function sweep(folder: string, layers: number): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(temporaryPrefix)) continue;
    const directory = tryLock(layers, name);
    if (directory === undefined) continue;
    removeTemporary(layers, name);
    kernel.close(directory);
  }
}

/** The trash that `removeTree` needs is itself temporary: a second directory of the same kind, locked by us. */
function removeTemporary(layers: number, name: string): void {
  const trash = makeTemporary(layers);
  try {
    removeTree(layers, name, trash.directory);
    kernel.unlinkat(layers, trash.name, k.AT_REMOVEDIR);
  } finally {
    kernel.close(trash.directory);
  }
}

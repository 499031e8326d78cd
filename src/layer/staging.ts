// A folder that a layer is made in, beside its place, and renamed to it when it is whole and on the disk.
import { existsSync, fsyncSync, readdirSync } from 'node:fs';
import { type ChainID, digestHex } from '../image/digest.ts';
import * as k from '../kernel/constants.ts';
import { failedWith, kernel } from '../kernel/index.ts';
import { openDirectory, removeTree } from './places.ts';

const temporaryPrefix = 'new-';

/**
 * Makes an empty folder, lets `make` fill it, and renames it to the layer's. Where another process was first, with the same
 * layer, its folder stays. Throws what `make` throws; then nothing is left.
 * @param folder Where the layers lie; it exists and belongs to nobody else.
 * @param make Leaves everything in it on the disk. Its descriptor is closed afterwards.
 */
export async function stageLayer(
  folder: string,
  chain: ChainID,
  make: (directory: number) => Promise<void>,
): Promise<void> {
  using held = new DisposableStack();
  const layers = held.adopt(kernel.openat(k.AT_FDCWD, folder, k.O_RDONLY | k.O_DIRECTORY), kernel.close);
  sweep(folder, layers);
  const { name, directory } = makeTemporary(layers);
  held.adopt(directory, kernel.close);
  try {
    await make(directory);
    moveIntoPlace(layers, name, digestHex(chain));
  } catch (error) {
    removeTemporary(layers, name);
    throw error;
  }
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
  fsyncSync(layers); // the name must last before the database says that the image is there
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

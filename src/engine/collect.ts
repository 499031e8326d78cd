// Garbage collection: what no image, container or running pull needs goes, and so do leftovers of processes that were killed.
// Safe at any time and beside any command (design, 2.5): it decides alone among collectors, among whoever begins a pull, and
// among whoever writes to the database; only the slow part, removing trees, comes when all of those may go on.
import { lstatSync, readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { ChainID, Digest } from '../image/digest.ts';
import * as k from '../kernel/constants.ts';
import { failedWith, kernel } from '../kernel/index.ts';
import { removeTree } from '../layer/places.ts';
import { blobPath } from '../store/blob-path.ts';
import { listContainers } from '../store/containers.ts';
import { blobUsage, layerUsage, usageOf } from '../store/disk-usage.ts';
import { type Content, findGarbage } from '../store/garbage.ts';
import { listImages } from '../store/images.ts';
import { layerFolder } from '../store/layer-folder.ts';
import { asCollector, readLeases, takeLeftovers } from '../store/lease.ts';
import type { Store } from '../store/store.ts';
import { unshareLayers } from './layer-namespace.ts';

export interface Collected {
  /** The layers that went, in no order. */
  readonly layers: readonly ChainID[];
  /** Bytes that are free now. */
  readonly reclaimed: number;
}

/**
 * Removes what nobody needs. @param among Look at this content only, and at no leftovers: for whoever removes one image and
 * spares what a broken-off pull left for the next try.
 */
export function collectGarbage(store: Store, among?: Content): Collected {
  using trash = openTrash(store);
  const collected = asCollector(store, () =>
    store.database.transaction(() => {
      const content = among === undefined ? listContent(store) : present(store, among);
      const containers = listContainers(store).map(({ record }) => record);
      const garbage = findGarbage(content, { images: listImages(store), containers, leases: readLeases(store) });
      // Measured first: what is renamed cannot be found by its name.
      let reclaimed =
        garbage.blobs.reduce((sum, digest) => sum + blobUsage(store, digest).disk, 0) +
        garbage.layers.reduce((sum, id) => sum + layerUsage(store, id).disk, 0);
      for (const digest of garbage.blobs) unlinkSync(blobPath(store, digest));
      for (const id of garbage.layers) trash.take(layerFolder(store, id));
      const takeCounted = (path: string): void => {
        reclaimed += usageOf(path).disk;
        trash.take(path);
      };
      if (among === undefined) {
        takeLeftovers(store.paths.tmp, () => true, takeCounted);
        takeLeftovers(store.paths.download, () => true, takeCounted);
        takeLeftovers(store.paths.layer, (name) => !hex.test(name), takeCounted);
      }
      return { layers: garbage.layers, reclaimed };
    }),
  );
  if (among === undefined || collected.layers.length > 0) unshareLayers(store);
  return collected;
}

const hex = /^[0-9a-f]{64}(?:[0-9a-f]{64})?$/;

function listContent({ paths }: Store): Content {
  const blobs = ['sha256', 'sha512'].flatMap((algorithm) =>
    readdirSync(join(paths.image, 'blobs', algorithm))
      .filter((name) => hex.test(name))
      .map((name) => `${algorithm}:${name}` as Digest),
  );
  const layers = readdirSync(paths.layer).filter((name) => hex.test(name));
  return { blobs, layers: layers.map((name) => `sha256:${name}` as ChainID) };
}

const exists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

const present = (store: Store, { blobs, layers }: Content): Content => ({
  blobs: [...new Set(blobs)].filter((digest) => exists(blobPath(store, digest))),
  layers: [...new Set(layers)].filter((id) => exists(layerFolder(store, id))),
});

/** A folder of tmp/ for what is to be removed, made when it is needed. */
interface Trash extends Disposable {
  /** Moves a file or folder into it; one that is gone is no error. */
  take(path: string): void;
}

/** Disposing of it removes all that it took. Whoever is killed before leaves it unlocked, for the next collector. */
function openTrash(store: Store): Trash {
  const held = new DisposableStack();
  let folder: number | undefined;
  let count = 0;
  const make = (): number => {
    const tmp = held.adopt(kernel.openat(k.AT_FDCWD, store.paths.tmp, k.O_RDONLY | k.O_DIRECTORY), kernel.close);
    const name = `garbage-${Buffer.from(kernel.getrandom(8)).toString('hex')}`;
    kernel.mkdirat(tmp, name, 0o700);
    const made = held.adopt(kernel.openat(tmp, name, k.O_RDONLY | k.O_DIRECTORY), kernel.close);
    kernel.flock(made, k.LOCK_EX | k.LOCK_NB); // no other collector is about
    held.defer(() => emptyFolder(tmp, name, made));
    return made;
  };
  return {
    take(path) {
      folder ??= make();
      try {
        kernel.renameat2(k.AT_FDCWD, path, folder, String(count++));
      } catch (error) {
        if (!failedWith(error, 'ENOENT')) throw error;
      }
    },
    [Symbol.dispose]: () => held.dispose(),
  };
}

/** What is in it is taken apart into a folder beside it (removeTree); then both folders, empty, go. */
function emptyFolder(tmp: number, name: string, folder: number): void {
  kernel.mkdirat(folder, 'apart', 0o700);
  const apart = kernel.openat(folder, 'apart', k.O_RDONLY | k.O_DIRECTORY);
  try {
    for (const each of readdirSync(`/proc/self/fd/${folder}`)) if (each !== 'apart') removeTree(folder, each, apart);
  } finally {
    kernel.close(apart);
  }
  kernel.unlinkat(folder, 'apart', k.AT_REMOVEDIR);
  kernel.unlinkat(tmp, name, k.AT_REMOVEDIR);
}

// How much room the parts of a store take: blobs, layers, what containers wrote.
import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import type { ChainID, Digest } from '../image/digest.ts';
import { findLayer } from '../layer/place.ts';
import { blobPath } from './blob-path.ts';
import { layerFolder } from './layer-folder.ts';
import type { Store } from './store.ts';

export interface Usage {
  /** Bytes in files, as their sizes say: what Docker calls the size of a layer. */
  readonly content: number;
  /** Bytes on the disk (stat(2), st_blocks), folders included. */
  readonly disk: number;
}

const nothing: Usage = { content: 0, disk: 0 };

/**
 * What a file, or a folder with all in it, takes; a file with several names counts once, and what is mounted on it not at all.
 * Nothing where it is not there.
 */
export function usageOf(path: string): Usage {
  const place = Buffer.from(path);
  return measure(place, look(place)?.dev, new Set());
}

/** Names of files are bytes: an image may have some that are no text. */
function measure(path: Buffer, device: number | undefined, seen: Set<number>): Usage {
  const found = look(path);
  if (found === undefined || found.dev !== device) return nothing;
  if (found.nlink > 1 && !found.isDirectory() && seen.has(found.ino)) return nothing;
  if (found.nlink > 1) seen.add(found.ino);
  const own = { content: found.isFile() ? found.size : 0, disk: found.blocks * 512 };
  if (!found.isDirectory()) return own;
  return names(path)
    .map((name) => measure(Buffer.concat([path, Buffer.from('/'), name]), device, seen))
    .reduce((sum, each) => ({ content: sum.content + each.content, disk: sum.disk + each.disk }), own);
}

/** Undefined for what was removed meanwhile, as a store is in use while it is measured, and for what lies too deep to be named. */
function look(path: Buffer): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENAMETOOLONG') return undefined;
    throw error;
  }
}

function names(path: Buffer): Buffer[] {
  try {
    return readdirSync(path, { encoding: 'buffer' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** What a layer takes; its content is what is mounted, without what is written down about it. */
export function layerUsage(store: Store, chain: ChainID): Usage {
  const { content, disk } = usageOf(layerFolder(store, chain));
  const place = findLayer(store.paths.layer, chain);
  return { content: place?.kind === 'image' ? usageOf(place.path).content : content, disk };
}

export const blobUsage = (store: Store, digest: Digest): Usage => usageOf(blobPath(store, digest));

/** All blobs and layers, wanted or not. */
export function contentUsage(store: Store): Usage {
  const blobs = join(store.paths.image, 'blobs');
  const inside = (folder: string) => names(Buffer.from(folder)).map((name) => join(folder, name.toString()));
  const parts = [...inside(blobs).flatMap(inside), ...inside(store.paths.layer)].map(usageOf);
  return parts.reduce((sum, each) => ({ content: sum.content + each.content, disk: sum.disk + each.disk }), nothing);
}

// Where a layer lies: a folder named by its chainID, because what an unpacked layer looks like depends on the layers below
// it (design, 2.4, "Implied directories"). In it is either an EROFS image or a directory.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ChainID, digestHex } from '../image/digest.ts';

export const imageFile = 'layer.erofs';
/** What the image was when it was written, to tell later whether it is damaged. */
export const factsFile = 'layer.json';
export const directoryName = 'fs';

/** A layer on the disk, by what it is made of. */
export interface LayerPlace {
  readonly kind: 'image' | 'directory';
  /** Of the image, or of the directory. */
  readonly path: string;
  /** The hexadecimal digits of its chainID. */
  readonly name: string;
}

/**
 * Undefined where the layer is not there. It is there whole, or not at all.
 * @param folder Where the layers lie.
 */
export function findLayer(folder: string, chain: ChainID): LayerPlace | undefined {
  const name = digestHex(chain);
  const image = join(folder, name, imageFile);
  if (existsSync(image)) return { kind: 'image', path: image, name };
  const directory = join(folder, name, directoryName);
  return existsSync(directory) ? { kind: 'directory', path: directory, name } : undefined;
}

// From a layer's blob to its directory tree: decompress, hash (diffID), read the tar, write the files; all in one pass.
import { createHash } from 'node:crypto';
import { TsdockerError } from '../error.ts';
import { type DiffID, digestAlgorithm, digestHex } from '../image/digest.ts';
import { layerCompression } from '../image/media-types.ts';
import { readArchive } from './archive.ts';
import { decompress } from './decompress.ts';
import { openTree } from './tree.ts';

export interface LayerBlob {
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
  /** Of the tar, as the image's config states it. */
  readonly diffID: DiffID;
  /** Read once, or left early where the layer is refused. */
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * Unpacks a layer into `folder`, an empty directory held by the caller, as `fs`. Throws `corrupt` where the layer is not what
 * its image says, or not to be trusted; then the folder holds a part of it and is to be removed.
 * @param lowers The directories of the layers below, the topmost first.
 */
export async function unpackLayer(folder: number, layer: LayerBlob, lowers: readonly string[]): Promise<void> {
  using tree = openTree(folder, lowers);
  const hash = createHash(digestAlgorithm(layer.diffID));
  const tar = decompress(layer.content, layerCompression(layer.mediaType), layer.size);
  await readArchive(hashing(tar, hash), tree);
  const found = hash.digest('hex');
  if (found !== digestHex(layer.diffID)) {
    const algorithm = digestAlgorithm(layer.diffID);
    throw new TsdockerError('corrupt', `a layer has the diffID ${algorithm}:${found} and not ${layer.diffID}`, {
      hint: 'the image’s config and its layers do not belong together',
    });
  }
  tree.finish();
}

async function* hashing(
  tar: AsyncIterable<Uint8Array>,
  hash: { update(bytes: Uint8Array): unknown },
): AsyncGenerator<Uint8Array> {
  for await (const piece of tar) {
    hash.update(piece);
    yield piece;
  }
}

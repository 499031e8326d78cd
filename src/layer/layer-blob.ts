// From a layer's blob to the entries of its tar: decompress, hash (diffID), read; all in one pass.
import { createHash } from 'node:crypto';
import { TsdockerError } from '../error.ts';
import { type DiffID, digestAlgorithm, digestHex } from '../image/digest.ts';
import { layerCompression } from '../image/media-types.ts';
import { decompress } from './decompress.ts';
import { createTarReader, type EntrySink } from './tar/reader.ts';

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
 * Feeds the entries of a layer to `sink`. Throws `corrupt` where the layer is not what its image says, or not to be trusted,
 * and what the content and the sink throw: until it returns, nothing that the sink was given may be used.
 */
export async function readLayer(layer: LayerBlob, sink: EntrySink): Promise<void> {
  const algorithm = digestAlgorithm(layer.diffID);
  const hash = createHash(algorithm);
  const reader = createTarReader(sink);
  for await (const piece of decompress(layer.content, layerCompression(layer.mediaType), layer.size)) {
    hash.update(piece);
    reader.write(piece);
  }
  reader.end();
  const found = hash.digest('hex');
  if (found !== digestHex(layer.diffID)) {
    throw new TsdockerError('corrupt', `a layer has the diffID ${algorithm}:${found} and not ${layer.diffID}`, {
      hint: 'the image’s config and its layers do not belong together',
    });
  }
}

// The tar of a file system that is to be a layer: its digest, and its diffID (image-spec config.md, "Layer DiffID"), found in one
// reading. What comes through a pipe is kept in a file without a name.
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { TsdockerError } from '../error.ts';
import type { Descriptor } from '../image/descriptor.ts';
import type { DiffID, Digest } from '../image/digest.ts';
import { createTarReader, type EntrySink } from '../layer/tar/reader.ts';
import { type ArchiveInput, copiedTo, inflated, openNameless, readFile, recognize } from './input.ts';
import { layerTypes } from './layer-types.ts';
import { saidOfArchive } from './members.ts';

export interface LayerTar extends AsyncDisposable {
  readonly descriptor: Descriptor;
  readonly diffID: DiffID;
  /** The blob's bytes, from the byte `from` on. */
  stream(from?: number): AsyncIterable<Uint8Array>;
}

/**
 * Reads the input once. The caller disposes of the result, and then of the input. Throws `corrupt` for what is no tar, `unsupported`
 * for a compression that is not known, and what the input throws.
 */
export async function openLayerTar(input: ArchiveInput, folder: string): Promise<LayerTar> {
  const { compression, all } = await recognize(input, 'the tar');
  const kept = 'file' in input ? undefined : await openNameless(folder);
  const close = async (): Promise<void> => kept?.close();
  try {
    const blob = createHash('sha256');
    let size = 0;
    async function* hashed(): AsyncGenerator<Uint8Array> {
      for await (const piece of kept === undefined ? all : copiedTo(kept, all)) {
        blob.update(piece);
        size += piece.byteLength;
        yield piece;
      }
    }
    const diff = createHash('sha256');
    const reader = createTarReader(nowhere);
    for await (const piece of compression === 'none' ? hashed() : inflated(hashed(), compression)) {
      diff.update(piece);
      reader.write(piece);
    }
    reader.end();
    if (size === 0) throw new TsdockerError('corrupt', 'there is nothing to import: the input is empty');
    const file = kept ?? (input as { file: FileHandle }).file;
    return {
      descriptor: { mediaType: layerTypes[compression], digest: `sha256:${blob.digest('hex')}` as Digest, size },
      diffID: `sha256:${diff.digest('hex')}` as DiffID,
      stream: (from = 0) => readFile(file, from, size - from),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw saidOfArchive(error);
  }
}

/** The entries are looked at only: what is no tar is refused before anything of it is in the store. */
const nowhere: EntrySink = { begin() {}, write() {}, hole() {}, end() {} };

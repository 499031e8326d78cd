// Decompresses zstd streams of several frames (RFC 8878, section 3: "zstd compressed data is made up of one or more frames",
// skippable ones among them), as `zstd -T0`, pzstd and lazily pulled images write them. Node.js's own stream stops after the first.
import { constants, createZstdDecompress, type ZstdDecompress } from 'node:zlib';
import { ahead, piecesOf, writeTo } from './decompressor.ts';

/** `blob` decompressed. Throws what node:zlib throws (ZSTD_…), also for a blob that ends within a frame. */
export async function* decompressFrames(blob: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const pieces = blob[Symbol.asyncIterator]();
  let rest: Uint8Array | undefined;
  try {
    while (true) {
      rest ??= await nextPiece(pieces);
      if (rest === undefined) return;
      const frame = createFrameStream();
      // While the frame's output is read below, its input is fed beside it.
      const feeding = feed(frame, rest, pieces);
      feeding.catch((error) => frame.destroy(error));
      try {
        yield* piecesOf(frame);
        rest = await feeding;
      } finally {
        frame.destroy();
      }
    }
  } finally {
    await pieces.return?.();
  }
}

/**
 * Feeds one stream until it wants no more, which is at the end of a frame within a piece, or until there is no more.
 * Returns what is left of the last piece.
 */
async function feed(
  frame: ZstdDecompress,
  first: Uint8Array,
  pieces: AsyncIterator<Uint8Array>,
): Promise<Uint8Array | undefined> {
  let fed = 0;
  for (let piece: Uint8Array | undefined = first; piece !== undefined; piece = await nextPiece(pieces)) {
    fed += piece.byteLength;
    await writeTo(frame, piece);
    if (frame.bytesWritten < fed) return piece.subarray(piece.byteLength - (fed - frame.bytesWritten));
  }
  frame.end();
  return undefined;
}

async function nextPiece(pieces: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
  while (true) {
    const { done, value } = await pieces.next();
    if (done) return undefined;
    if (value.byteLength > 0) return value;
  }
}

function createFrameStream(): ZstdDecompress {
  // ATTACK: the window is memory that the sender chooses. 8 MiB is what RFC 8878 (3.1.1.1.2) asks of every decoder;
  // `zstd --ultra -22` needs 128 MiB.
  return createZstdDecompress({ ...ahead, params: { [constants.ZSTD_d_windowLogMax]: 27 } });
}

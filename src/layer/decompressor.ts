// How the streams of node:zlib are driven: they work on another thread, as far ahead of the reader as this says.
import type { Gunzip, ZstdDecompress } from 'node:zlib';

/** In bytes. With less ahead, reader and decompressor would take turns instead of working at the same time. */
export const ahead = { chunkSize: 2 ** 18, readableHighWaterMark: 2 ** 20 };

/** Settles when the stream has taken all of the piece, whose memory may then be used again, or was closed. */
export function writeTo(stream: Gunzip | ZstdDecompress, piece: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    stream.once('close', resolve);
    stream.write(piece, () => {
      stream.off('close', resolve);
      resolve();
    });
  });
}

/**
 * What the stream gives, piece by piece. The memory of a piece is given back as soon as the next one is asked for: left to the
 * garbage collector, whole layers would be in memory before it sees a reason to run.
 */
export async function* piecesOf(stream: Gunzip | ZstdDecompress): AsyncGenerator<Uint8Array> {
  for await (const piece of stream as AsyncIterable<Uint8Array<ArrayBuffer>>) {
    yield piece;
    // Only where the stream has gone on to other memory: it fills one buffer of chunkSize after the other.
    const isLastOfIts = piece.byteOffset + piece.byteLength === piece.buffer.byteLength;
    if (isLastOfIts && piece.buffer.byteLength === ahead.chunkSize) piece.buffer.transfer(0);
  }
}

// From a layer's blob to its tar: gzip (RFC 1952), zstd (RFC 8878) or plain, as the media type says (image-spec layer.md).
import { createGunzip, type Gunzip } from 'node:zlib';
import { TsdockerError } from '../error.ts';
import type { Compression } from '../image/media-types.ts';
import { ahead, piecesOf, writeTo } from './decompressor.ts';
import { refuseBomb } from './growth.ts';
import { decompressFrames } from './zstd-frames.ts';

/** What the first bytes of a blob say it is. A zstd stream may begin with a skippable frame (RFC 8878, section 3.1.2). */
export function compressionOf(head: Uint8Array): Compression {
  const [a, b, c, d] = head;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  if (a !== undefined && a >> 4 === 5 && b === 0x2a && c === 0x4d && d === 0x18) return 'zstd';
  return 'none';
}

/**
 * The tar inside of a blob, piece by piece; each is gone when the next one is asked for.
 * @param compression What the media type says; a blob that is something else is refused.
 * @param size Of the blob in bytes, to know how much it grows.
 */
export async function* decompress(
  blob: AsyncIterable<Uint8Array>,
  compression: Compression,
  size: number,
): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const piece of inflate(checkMagic(blob, compression), compression)) {
    total += piece.byteLength;
    refuseBomb(size, total);
    yield piece;
  }
}

/**
 * ATTACK: a blob that is one thing by its media type and another by its bytes is one image to us and another to a scanner.
 */
async function* checkMagic(blob: AsyncIterable<Uint8Array>, stated: Compression): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array();
  for await (const piece of blob) {
    if (head === undefined) {
      yield piece;
      continue;
    }
    head = Buffer.concat([head, piece]);
    if (head.byteLength < 4) continue;
    const found = compressionOf(head);
    if (found !== stated) {
      const words = { none: 'not compressed', gzip: 'gzip', zstd: 'zstd' };
      throw new TsdockerError(
        'corrupt',
        `a layer is ${words[stated]} by its media type and ${words[found]} by its bytes`,
      );
    }
    yield head;
    head = undefined;
  }
  if (head !== undefined) throw new TsdockerError('corrupt', `a layer has only ${head.byteLength} bytes`);
}

async function* inflate(blob: AsyncIterable<Uint8Array>, compression: Compression): AsyncGenerator<Uint8Array> {
  try {
    if (compression === 'none') yield* blob;
    else if (compression === 'zstd') yield* decompressFrames(blob);
    else yield* gunzip(blob);
  } catch (cause) {
    if (!/^(Z_|ZSTD_)/.test(String((cause as NodeJS.ErrnoException).code))) throw cause;
    throw new TsdockerError('corrupt', `a layer cannot be decompressed: ${(cause as Error).message}`, { cause });
  }
}

async function* gunzip(blob: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const transform = createGunzip(ahead);
  const feeding = feed(blob, transform);
  feeding.catch((error) => transform.destroy(error));
  try {
    yield* piecesOf(transform);
    await feeding;
  } finally {
    transform.destroy();
  }
}

async function feed(blob: AsyncIterable<Uint8Array>, transform: Gunzip): Promise<void> {
  for await (const piece of blob) {
    if (transform.destroyed) return;
    await writeTo(transform, piece);
  }
  transform.end();
}

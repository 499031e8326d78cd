import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Compression } from '../image/media-types.ts';
import { decompress } from './decompress.ts';

async function* stream(bytes: Uint8Array, piece: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
}

async function inflate(bytes: Uint8Array, compression: Compression, piece = 1000): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(decompress(stream(bytes, piece), compression, bytes.length)));
}

/** Hardly compressible, so that the compressed form has several pieces too. */
const content = Buffer.from(Array.from({ length: 5000 }, (_, index) => `${(index * 7919) % 10007}\n`).join(''));
const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]);
const gzip = gzipSync(content);
const zstd = zstdCompressSync(content);
const twice = Buffer.concat([content, content]);

describe.each([1, 7, 1000, 1_000_000])('in pieces of %i bytes, decompress reads', (piece) => {
  test.each([
    ['plain', content, 'none', content],
    ['gzip', gzip, 'gzip', content],
    ['gzip of two members', Buffer.concat([gzip, gzip]), 'gzip', twice],
    ['zstd', zstd, 'zstd', content],
    ['zstd of two frames', Buffer.concat([zstd, zstd]), 'zstd', twice],
    ['zstd with skippable frames', Buffer.concat([skippable, zstd, skippable, zstd, skippable]), 'zstd', twice],
  ] as const)('%s', async (_name, bytes, compression, expected) => {
    expect((await inflate(bytes, compression, piece)).equals(expected)).toBe(true);
  });
});

test.each([
  ['gzip that ends early', gzip.subarray(0, -20), 'gzip', 'cannot be decompressed'],
  ['zstd that ends early', zstd.subarray(0, -20), 'zstd', 'cannot be decompressed'],
  ['zstd with rubbish behind it', Buffer.concat([zstd, Buffer.from('rubbish')]), 'zstd', 'cannot be decompressed'],
  ['gzip with a flipped bit', gzip.with(gzip.length - 30, gzip.at(-30)! ^ 1), 'gzip', 'cannot be decompressed'],
  ['gzip called zstd', gzip, 'zstd', 'zstd by its media type and gzip by its bytes'],
  ['zstd called plain', zstd, 'none', 'not compressed by its media type and zstd by its bytes'],
  ['plain called gzip', content, 'gzip', 'gzip by its media type and not compressed by its bytes'],
  ['nothing', new Uint8Array(), 'gzip', 'only 0 bytes'],
  ['two bytes', gzip.subarray(0, 2), 'gzip', 'only 2 bytes'],
] as const)('decompress refuses %s', async (_name, bytes, compression, why) => {
  await expect(inflate(bytes, compression)).rejects.toThrow(why);
});

test('decompress throws what its source throws', async () => {
  async function* broken(head: Uint8Array): AsyncGenerator<Uint8Array> {
    yield head;
    throw new Error('the line is cut');
  }
  for (const [head, compression] of [
    [gzip.subarray(0, 500), 'gzip'],
    [zstd.subarray(0, 500), 'zstd'],
    [zstd, 'zstd'],
    [content, 'none'],
  ] as const) {
    await expect(Array.fromAsync(decompress(broken(head), compression, 500))).rejects.toThrow('the line is cut');
  }
});

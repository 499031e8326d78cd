// Layers that grow without end when they are decompressed, or that are something else than their media type says.
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, test } from 'vitest';
import { mediaTypes } from '../../src/image/media-types.ts';
import { expectRefused, imageOf, layerOf } from '../support/hostile.ts';
import { makeTar, sha256 } from '../support/image-fixture.ts';
import { base256, rawEntry, rawTar } from '../support/raw-tar.ts';

const zeros = Buffer.alloc(2 ** 26);
/** A file of a tebibyte, under a name that is ignored: the test need not write what it refuses. */
const head = rawEntry({ name: '.wh..wh.zeros', size: base256(2n ** 40n, 12) });
const layer = (blob: Uint8Array, mediaType: string) => ({ blob, diffID: sha256(blob), mediaType });
const repeat = (part: Uint8Array, times: number) => Array.from({ length: times }, () => part);

describe('pull refuses', () => {
  test('a bomb of gzip', { timeout: 60_000 }, async () => {
    const blob = Buffer.concat([gzipSync(head), ...repeat(gzipSync(zeros), 24)]);
    await expectRefused(imageOf([layer(blob, mediaTypes.ociLayerGzip)]), 'times its size when it is decompressed');
  });

  test('a bomb of zstd', { timeout: 60_000 }, async () => {
    const blob = Buffer.concat([zstdCompressSync(head), ...repeat(zstdCompressSync(zeros), 24)]);
    await expectRefused(imageOf([layer(blob, mediaTypes.ociLayerZstd)]), 'times its size when it is decompressed');
  });

  test('a bomb that is no file’s content but the end of the tar', { timeout: 60_000 }, async () => {
    const blob = Buffer.concat([gzipSync(rawTar({ name: 'a' })), ...repeat(gzipSync(zeros), 24)]);
    await expectRefused(imageOf([layer(blob, mediaTypes.ociLayerGzip)]), 'times its size when it is decompressed');
  });

  test('a zstd window of more memory than anyone has', async () => {
    // RFC 8878, 3.1.1.1.2: a frame's window may be of 3.75 TiB; this one is of 2 GiB, and comes with nothing.
    const frame = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, (31 - 10) << 3]), Buffer.alloc(64, 1)]);
    await expectRefused(imageOf([layer(frame, mediaTypes.ociLayerZstd)]), 'a layer cannot be decompressed');
  });

  test('millions of empty zstd frames and gzip members', { timeout: 60_000 }, async () => {
    const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]);
    const blob = Buffer.concat([...repeat(Buffer.concat(repeat(skippable, 1000)), 20), zstdCompressSync(head)]);
    await expectRefused(imageOf([layer(blob, mediaTypes.ociLayerZstd)]), 'a layer is not a whole tar');
  });

  test.each([
    ['gzip in gzip', (tar: Uint8Array) => gzipSync(gzipSync(tar)), mediaTypes.ociLayerGzip],
    ['zstd in zstd', (tar: Uint8Array) => zstdCompressSync(zstdCompressSync(tar)), mediaTypes.ociLayerZstd],
    ['zstd in gzip', (tar: Uint8Array) => gzipSync(zstdCompressSync(tar)), mediaTypes.ociLayerGzip],
  ])('%s, of which only the outer is opened', async (_name, wrap, mediaType) => {
    await expectRefused(imageOf([layer(wrap(rawTar({ name: 'a' })), mediaType)]), 'a layer is not a whole tar');
  });

  test('what was cut, damaged, or goes on behind its end', async () => {
    const good = gzipSync(await makeTar([{ name: 'a', body: 'x'.repeat(10_000) }]), {
      level: constants.Z_NO_COMPRESSION,
    });
    const damaged = Buffer.from(good);
    damaged[5000]! ^= 1;
    const blobs = [good.subarray(0, -9), damaged, good.subarray(0, 12), good.subarray(0, 3)];
    for (const blob of blobs)
      await expectRefused(
        imageOf([layer(blob, mediaTypes.ociLayerGzip)]),
        /cannot be decompressed|only \d+ bytes|whole tar/,
      );
  });

  test.each([
    ['a gzip that says it is zstd', 'gzip', mediaTypes.ociLayerZstd, 'zstd by its media type and gzip by its bytes'],
    ['a gzip that says it is plain', 'gzip', mediaTypes.ociLayer, 'not compressed by its media type and gzip'],
    ['a plain tar that says it is gzip', 'none', mediaTypes.ociLayerGzip, 'gzip by its media type and not compressed'],
  ] as const)('%s', async (_name, compression, mediaType, why) => {
    await expectRefused(imageOf([{ ...layerOf(rawTar({ name: 'a' }), compression), mediaType }]), why);
  });

  test('an empty layer', async () => {
    await expectRefused(imageOf([layer(new Uint8Array(), mediaTypes.ociLayer)]), 'has only 0 bytes');
  });
});

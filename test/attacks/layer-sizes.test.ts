// Sizes of entries that lie, and layers of more entries than anyone means.

import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { mediaTypes } from '../../src/image/media-types.ts';
import { expectRefused, imageOf, layerOf } from '../support/hostile.ts';
import { sha256 } from '../support/image-fixture.ts';
import { base256, paxEntry, paxRecord, type RawEntry, type RawField, rawEntry, rawTar } from '../support/raw-tar.ts';

describe('pull refuses a layer with', () => {
  test.each<[string, RawField]>([
    ['negative (base 256)', base256(-512n, 12)],
    ['the most negative', base256(-(2n ** 94n), 12)],
    ['as large as 95 bits', base256(2n ** 94n - 1n, 12)],
    ['as large as 64 bits', base256(2n ** 64n, 12)],
    ['one more than an exact number', base256(2n ** 53n, 12)],
    ['of a form that is neither octal nor base 256', new Uint8Array(12).fill(0xc1)],
    ['of a first byte that only some readers know', Uint8Array.of(0x81, ...new Array(11).fill(0xff))],
    ['not a number', 'not a number'],
    ['negative in octal', '-0000000512\0'],
  ])('a size that is %s', async (_name, size) => {
    const tar = rawTar({ name: 'a', size, body: 'x'.repeat(512) }, { name: 'b' });
    await expectRefused(imageOf([layerOf(tar)]), 'a layer is not a whole tar');
  });

  test.each(['-1', '1e3', '0x10', '99999999999999999999', '18446744073709551616', '1 ', 'x'])(
    'the size %s in its records',
    async (size) => {
      const tar = rawTar(paxEntry({ size }), { name: 'a', body: 'x' });
      await expectRefused(imageOf([layerOf(tar)]), 'a layer is not a whole tar');
    },
  );

  test.each<[string, RawEntry]>([
    ['a file', { name: 'a', size: 10_000, body: 'x' }],
    ['a file of eight exbibytes', { name: 'a', size: base256(2n ** 52n, 12), body: 'x' }],
    ['records', { type: 'x', size: 4096, body: paxRecord('path', 'a') }],
    ['a long name', { type: 'L', size: 4096, body: 'x' }],
  ])('%s that promises more than comes', async (_name, entry) => {
    const tar = Buffer.concat([rawEntry({ name: 'before' }), rawEntry(entry)]);
    await expectRefused(imageOf([layerOf(tar)]), 'a layer is not a whole tar');
  });

  test('records and a long name that promise what no memory has', async () => {
    for (const type of ['x', 'g', 'L', 'K']) {
      const tar = rawTar({ type, size: base256(2n ** 40n, 12), body: 'x' });
      await expectRefused(imageOf([layerOf(tar)]), 'a layer is not a whole tar');
    }
  });

  test('millions of entries', { timeout: 60_000 }, async () => {
    // Names that mean nothing, so that it is the count that is refused and not our disk that fills.
    const part = gzipSync(Buffer.concat(Array.from({ length: 10_000 }, () => rawEntry({ name: '.wh..wh.x' }))));
    const blob = Buffer.concat(Array.from({ length: 201 }, () => part));
    const layer = { blob, diffID: sha256(blob), mediaType: mediaTypes.ociLayerGzip };
    await expectRefused(imageOf([layer]), 'more than 2000000 entries');
  });

  test('a quarter of a gibibyte of names', { timeout: 60_000 }, async () => {
    const path = `${'a/'.repeat(1900)}.wh..wh.x`;
    const entries = Array.from({ length: 1000 }, () => [rawEntry(paxEntry({ path })), rawEntry({})]).flat();
    const part = gzipSync(Buffer.concat(entries));
    const blob = Buffer.concat(Array.from({ length: 75 }, () => part));
    const layer = { blob, diffID: sha256(blob), mediaType: mediaTypes.ociLayerGzip };
    await expectRefused(imageOf([layer]), 'bytes of names and attributes');
  });
});

test('as many attributes as a layer may not have', { timeout: 60_000 }, async () => {
  const records = { 'SCHILY.xattr.user.a': Buffer.alloc(60_000, 'x') };
  const part = gzipSync(
    Buffer.concat(
      Array.from({ length: 100 }, () => [rawEntry(paxEntry(records)), rawEntry({ name: '.wh..wh.x' })]).flat(),
    ),
  );
  const blob = Buffer.concat(Array.from({ length: 46 }, () => part));
  const layer = { blob, diffID: sha256(blob), mediaType: mediaTypes.ociLayerGzip };
  await expectRefused(imageOf([layer]), 'bytes of names and attributes');
  expect(blob.byteLength).toBeLessThan(2 ** 21);
});

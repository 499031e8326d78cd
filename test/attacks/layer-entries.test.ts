// Entries of a layer that are of a kind, or say a number, that no layer may have; and archives that two readers would read as
// two trees.
import { describe, expect, test } from 'vitest';
import { expectRefused, imageOf, layerOf, pull } from '../support/hostile.ts';
import { base256, paxEntry, type RawEntry, rawEntry, rawTar } from '../support/raw-tar.ts';

const refuseTar = (tar: Uint8Array, why: RegExp | string) => expectRefused(imageOf([layerOf(tar)]), why);

describe('pull refuses a layer with', () => {
  test.each<[string, RawEntry[], RegExp | string]>([
    ['a device 0/0, which overlayfs takes for a whiteout', [{ type: '3' }], 'takes for a whiteout'],
    ['a device whose number no kernel has', [{ type: '4', major: 0o7777777 }], 'no usable device number'],
    ['a device of a negative number', [{ type: '3', minor: base256(-1n, 8) }], 'no usable device number'],
    ['a kind of entry that nobody knows', [{ type: 'V' }], 'of a kind that layers do not have'],
    ['a folder with content', [{ type: '5', body: 'x' }], 'has content'],
    ['a symbolic link with content', [{ type: '2', link: 'a', body: 'x' }], 'has content'],
    ['a hard link with content', [{ name: 'a' }, { name: 'b', type: '1', link: 'a', body: 'x' }], 'has content'],
    ['a device with content', [{ type: '3', major: 1, body: 'x' }], 'has content'],
    ['a symbolic link to nothing', [{ type: '2' }], 'no usable target'],
    ['an owner that means «leave it» to the kernel', [paxEntry({ uid: '4294967295' }), {}], 'no usable uid'],
    ['a negative owner', [{ gid: base256(-2n, 8) }], 'no usable gid'],
    ['an owner that is no number', [paxEntry({ uid: 'root' }), {}], 'no usable uid'],
    ['a time that is no number', [paxEntry({ mtime: 'now' }), {}], 'is not a time'],
    ['a time behind all times', [paxEntry({ mtime: '9'.repeat(40) }), {}], 'is not a time'],
    ['a mode that is no number', [{ mode: 'rwxrwxrwx' }], 'not a whole tar'],
    ['a file below a file', [{ name: 'a' }, { name: 'a/b' }], 'do not lie in a directory'],
  ])('%s', async (_name, entries, why) => {
    await refuseTar(rawTar({ name: 'before' }, ...entries), why);
  });

  test.each<[string, string]>([
    ['a pax record that is longer than its header', '99 path=x\n'],
    ['a pax record that has no length', 'path=x\n'],
    ['a pax record of length 0', '0 path=x\n'],
    ['a pax record of negative length', '-1 path=x\n'],
    ['a pax record that does not end', '9 path=xy'],
    ['a pax record without a key', '5 xy\n'],
  ])('%s', async (_name, body) => {
    await refuseTar(rawTar({ type: 'x', body }, { name: 'a' }), 'broken extended header');
  });

  test.each<[string, Uint8Array, RegExp | string]>([
    ['a wrong checksum', rawTar({ checksum: 1 }), 'not a whole tar'],
    ['a checksum of base 256', rawTar({ checksum: base256(-1n, 8) }), 'not a whole tar'],
    ['garbage in the place of a tar', Buffer.alloc(4096, 'garbage'), 'not a whole tar'],
    ['half a header', rawEntry({}).subarray(0, 300), 'not a whole tar'],
    ['entries behind its end', Buffer.concat([rawTar({ name: 'a' }), rawTar({ name: 'b' })]), 'behind its end'],
    ['entries behind half an end', Buffer.concat([Buffer.alloc(512), rawTar({ name: 'b' })]), 'behind its end'],
    ['pax records of 8 MiB', rawTar(paxEntry({ comment: 'x'.repeat(2 ** 23) }), {}), 'not a whole tar'],
    ['a GNU name of 8 MiB', rawTar({ type: 'L', body: 'x'.repeat(2 ** 23) }, {}), 'not a whole tar'],
  ])('%s', async (_name, tar, why) => {
    await refuseTar(tar, why);
  });

  // One reader takes the size of the header, another that of the record: the content of the file is an archive of its own.
  test('CVE-2025-62518: a size in the records that is another than the header’s', async () => {
    const inner = rawEntry({ name: 'smuggled', body: 'x' });
    const entries = [paxEntry({ size: '0' }), { name: 'a', body: inner }, { name: 'b' }];
    // By the specification the record counts: then there is an entry that the reader of headers does not see, and no harm.
    await pull(imageOf([layerOf(rawTar(...entries))]), {}, async ({ status, stderr }) => {
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    });
    await refuseTar(rawTar(paxEntry({ size: '4096' }), { name: 'a', body: inner }, { name: 'b' }), 'not a whole tar');
  });
});

describe('a sparse file is refused', () => {
  const map = (...pieces: [bigint, bigint][]) =>
    Buffer.concat(pieces.flatMap(([offset, length]) => [base256(offset, 12), base256(length, 12)]));
  /** GNU’s old form: four pieces at 386, the real size at 483. */
  const old = (pieces: Buffer, realSize: number, body: string): RawEntry => {
    const prefix = Buffer.alloc(155);
    pieces.copy(prefix, 386 - 345);
    prefix.write(`${realSize.toString(8).padStart(11, '0')}\0`, 483 - 345);
    return { type: 'S', magic: 'ustar  \0', prefix, body };
  };

  test('whose pieces have a negative length', { timeout: 20_000 }, async () => {
    const pieces = map([10n, -5n], [5n, 517n]);
    await refuseTar(rawTar(old(pieces, 4096, 'x'.repeat(512))), 'whose map is wrong');
  });

  test('whose pieces overlap', async () => {
    await refuseTar(rawTar(old(map([0n, 300n], [100n, 212n]), 4096, 'x'.repeat(512))), 'whose map is wrong');
  });

  test('that is larger than its layer may be', async () => {
    const records = { 'GNU.sparse.map': '0,1', 'GNU.sparse.size': String(10 ** 15 - 1) };
    await refuseTar(rawTar(paxEntry(records), { body: 'x' }), 'a layer has holes of more than');
  });

  test('whose map has no end', { timeout: 20_000 }, async () => {
    const records = { 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '1' };
    const body = `100000\n${'0\n0\n'.repeat(90_000)}`;
    await refuseTar(rawTar(paxEntry(records), { body }), /map|whole tar/);
  });

  test('whose map is no list of numbers', async () => {
    const records = { 'GNU.sparse.map': '0,-1,x', 'GNU.sparse.size': '1' };
    await refuseTar(rawTar(paxEntry(records), { body: 'x' }), 'a map that is none');
  });
});

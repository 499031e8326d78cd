import { expect, test } from 'vitest';
import { type LayerEntry, makeTar } from '../../test/support/image-fixture.ts';
import { readMembers } from './members.ts';

async function* inPieces(tar: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < tar.byteLength; at += size) yield tar.subarray(at, at + size);
}

const members = async (entries: readonly LayerEntry[], size = 700) =>
  readMembers(inPieces(await makeTar(entries), size));

test.each([1, 511, 512, 513, 4096, 100_000])('a member is found where it lies, in pieces of %i bytes', async (size) => {
  const bodies = { a: '', b: 'x'.repeat(512), 'c/d': 'y'.repeat(1300) };
  const tar = await makeTar([
    { name: 'c/', type: 'directory' },
    ...Object.entries(bodies).map(([name, body]) => ({ name, body })),
  ]);
  const { find } = await readMembers(inPieces(tar, size));
  for (const [name, body] of Object.entries(bodies)) {
    const { offset, size: length } = find(name)!;
    expect(Buffer.from(tar.subarray(offset, offset + length)).toString()).toBe(body);
  }
  expect(find('c')).toBeUndefined();
  expect(find('./c//d')).toEqual(find('c/d'));
});

test('a link leads once to a file of the archive', async () => {
  const { find } = await members([
    { name: 'a/layer.tar', body: 'layer' },
    { name: 'b/layer.tar', type: 'symlink', linkname: '../a/layer.tar' },
    { name: 'c', type: 'link', linkname: 'a/layer.tar' },
    { name: 'twice', type: 'symlink', linkname: 'c' },
    { name: 'out', type: 'symlink', linkname: '/etc/passwd' },
    { name: 'up', type: 'symlink', linkname: '../../etc/passwd' },
    { name: 'self', type: 'symlink', linkname: 'self' },
  ]);
  expect(find('b/layer.tar')).toEqual(find('a/layer.tar'));
  expect(find('c')).toEqual(find('a/layer.tar'));
  for (const name of ['twice', 'out', 'up', 'self']) expect(() => find(name)).toThrow('is a link to no file of it');
});

test.each<[why: string, entries: readonly LayerEntry[]]>([
  ['has the member "a" twice', [{ name: 'a' }, { name: './a' }]],
  ['has the member "a" twice', [{ name: 'a' }, { name: 'a', type: 'symlink', linkname: 'b' }]],
  ['leads out of the archive', [{ name: '../a' }]],
  ['is a character-device', [{ name: 'a', type: 'character-device', devmajor: 1, devminor: 3 }]],
  ['a name of 1025 bytes', [{ name: `${'x/'.repeat(512)}x` }]],
])('an archive that %s is refused', async (why, entries) => {
  await expect(members(entries)).rejects.toThrow(
    expect.objectContaining({ code: 'corrupt', message: expect.stringContaining(why) }),
  );
});

test('an archive with too many members is refused', async () => {
  const entries = Array.from({ length: 20_001 }, (_, index) => ({ name: String(index) }));
  await expect(members(entries, 2 ** 18)).rejects.toThrow('more than 20000 members');
});

test('an archive that is cut is refused, and its reader speaks of an archive', async () => {
  const tar = await makeTar([{ name: 'a', body: 'body' }]);
  await expect(readMembers(inPieces(tar.subarray(0, 514), 512))).rejects.toThrow(/^the archive is not a whole tar: /);
});

// Headers read back by the reader that layers are read with, and byte by byte where it is more forgiving than others.
import { expect, test } from 'vitest';
import type { Entry } from '../layer/entry.ts';
import { createTarReader } from '../layer/tar/reader.ts';
import { encodeHeader, paddingOf, type TarHeader } from './tar-header.ts';

const plain: TarHeader = {
  type: 'file',
  name: 'a/file',
  mode: 0o4755,
  uid: 1,
  gid: 2,
  size: 0,
  modified: 1_000_000_000n,
  attributes: [],
};

function readBack(header: TarHeader): Entry {
  const entries: Entry[] = [];
  const reader = createTarReader({ begin: (entry) => entries.push(entry), write() {}, hole() {}, end() {} });
  reader.write(encodeHeader(header));
  reader.write(Buffer.alloc(header.size + paddingOf(header.size) + 1024));
  reader.end();
  expect(entries).toHaveLength(1);
  return entries[0]!;
}

test('an ordinary file takes one block, which says ustar and has the checksum of POSIX', () => {
  const block = Buffer.from(encodeHeader(plain));
  expect(block.byteLength).toBe(512);
  expect(block.toString('latin1', 257, 265)).toBe('ustar\x0000');
  const stated = Number.parseInt(block.toString('latin1', 148, 154), 8);
  expect(block.fill(' ', 148, 156).reduce((sum, byte) => sum + byte, 0)).toBe(stated);
});

test.each<[string, Partial<TarHeader>, object]>([
  ['a name of 100 bytes', { name: 'n'.repeat(100) }, { path: ['n'.repeat(100)] }],
  ['a name of 101 bytes', { name: 'n'.repeat(101) }, { path: ['n'.repeat(101)] }],
  ['a name that is no text', { name: 'caf\xe9\xff' }, { path: ['caf\xe9\xff'] }],
  ['a long name that is no text', { name: '\xe9'.repeat(200) }, { path: ['\xe9'.repeat(200)] }],
  [
    'a name with a line break',
    { name: `${'n'.repeat(100)}\n9 path=x\n` },
    { path: [`${'n'.repeat(100)}\n9 path=x\n`] },
  ],
  ['a long target', { type: 'symlink', target: 't'.repeat(3000) }, { target: 't'.repeat(3000) }],
  ['a large owner', { uid: 2 ** 21, gid: 2 ** 32 - 2 }, { uid: 2 ** 21, gid: 2 ** 32 - 2 }],
  ['nanoseconds', { modified: 1_700_000_000_000_000_001n }, { modified: 1_700_000_000_000_000_001n }],
  ['a time before 1970', { modified: -1n }, { modified: -1n }],
  ['a time far away', { modified: 2n ** 33n * 1_000_000_000n }, { modified: 2n ** 33n * 1_000_000_000n }],
  ['a device', { type: 'block-device', major: 4095, minor: 2 ** 20 - 1 }, { major: 4095, minor: 2 ** 20 - 1 }],
])('%s comes back', (_, change, found) => {
  expect(readBack({ ...plain, ...change })).toMatchObject(found);
});

test('attributes come back with every byte of their values', () => {
  const attributes = [
    { name: 'user.binary', value: Uint8Array.from({ length: 256 }, (_, byte) => byte) },
    { name: 'user.empty', value: new Uint8Array() },
  ];
  const found = readBack({ ...plain, attributes }).attributes;
  expect(found.map(({ name, value }) => ({ name, value: Uint8Array.from(value) }))).toEqual(attributes);
});

test('an “=” in the name of an attribute is written as GNU tar does', () => {
  const bytes = Buffer.from(encodeHeader({ ...plain, attributes: [{ name: 'user.a=b', value: Buffer.from('c') }] }));
  expect(bytes.toString('latin1', 512, 540)).toBe('29 SCHILY.xattr.user.a%3Db=c'); // and a line break
});

test('a size that octal digits do not hold is in a record', () => {
  const bytes = Buffer.from(encodeHeader({ ...plain, size: 2 ** 33 }));
  expect(bytes.toString('latin1', 512, 531)).toBe('19 size=8589934592\n');
});

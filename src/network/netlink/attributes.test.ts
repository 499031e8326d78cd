import { expect, test } from 'vitest';
import * as a from './attributes.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test.each<[string, a.Attribute, string]>([
  ['a byte', [3, a.u8(7)], '0500030007000000'],
  ['two bytes', [3, a.u16(0x1234)], '0600030034120000'],
  ['four bytes', [3, a.u32(0xfedcba98)], '0800030098badcfe'],
  ['eight bytes', [3, a.u64(2n)], '0c0003000200000000000000'],
  ['two bytes of the network', [3, a.be16(0x1234)], '0600030012340000'],
  ['four bytes of the network', [3, a.be32(0xfedcba98)], '08000300fedcba98'],
  ['eight bytes of the network', [3, a.be64(2n)], '0c0003000000000000000002'],
  ['a string, with its end and to a boundary', [3, a.text('eth0')], '090003006574683000000000'],
  ['nothing', [3, new Uint8Array()], '04000300'],
  ['an empty list', [3, []], '04000380'],
  [
    'lists in lists, marked as such',
    [
      1,
      [
        [2, a.u8(1)],
        [3, [[4, a.u8(2)]]],
      ],
    ],
    '180001800500020001000000' + '0c0003800500040002000000',
  ],
])('%s is encoded as the kernel reads it', (_, attribute, expected) => {
  expect(hex(a.encodeAttributes([attribute]))).toBe(expected);
});

test('what was encoded is read back, without the flags', () => {
  const bytes = a.encodeAttributes([
    [1, a.u8(200)],
    [2, a.u16(60000)],
    [3, a.u32(4_000_000_000)],
    [4, a.u64(2n ** 63n)],
    [5, a.be16(80)],
    [6, a.be32(1)],
    [7, a.be64(5n)],
    [8, a.text('tsd0')],
    [9, [[1, a.u8(9)]]],
  ]);
  const read = a.parseAttributes(bytes);
  expect(a.readU8(read.get(1))).toBe(200);
  expect(a.readU16(read.get(2))).toBe(60000);
  expect(a.readU32(read.get(3))).toBe(4_000_000_000);
  expect(a.readU64(read.get(4))).toBe(2n ** 63n);
  expect(a.readBe16(read.get(5))).toBe(80);
  expect(a.readBe32(read.get(6))).toBe(1);
  expect(a.readBe64(read.get(7))).toBe(5n);
  expect(a.readText(read.get(8))).toBe('tsd0');
  expect(a.readU8(a.parseAttributes(read.get(9)!).get(1))).toBe(9);
});

test('a value of another size, or none, is not read', () => {
  const readers = [a.readU8, a.readU16, a.readU32, a.readU64, a.readBe16, a.readBe32, a.readBe64];
  for (const read of readers) {
    expect(read(undefined)).toBeUndefined();
    expect(read(new Uint8Array(3))).toBeUndefined();
    expect(read(new Uint8Array())).toBeUndefined();
  }
  expect(a.readText(undefined)).toBeUndefined();
  expect(a.readText(Uint8Array.of(0x61, 0, 0x62))).toBe('a');
  expect(a.readText(Uint8Array.of(0x61))).toBe('a');
});

test.each<[string, number[]]>([
  ['is shorter than itself', [3, 0, 1, 0]],
  ['is none', [0, 0, 1, 0]],
  ['goes beyond the end', [9, 0, 1, 0, 1, 2, 3, 4]],
  ['is cut', [4, 0, 1]],
])('reading stops at an attribute whose length %s', (_, bytes) => {
  const before = a.encodeAttributes([[7, a.u32(1)]]);
  const read = a.parseAttributes(Uint8Array.of(...before, ...bytes));
  expect([...read.keys()]).toEqual([7]);
});

test('all of a list is read, also where its types come again', () => {
  const bytes = a.encodeAttributes([
    [1, a.u8(1)],
    [1, a.u8(2)],
  ]);
  expect([...a.eachAttribute(bytes)].map(([, value]) => value[0])).toEqual([1, 2]);
  expect(a.parseAttributes(bytes).get(1)).toEqual(Uint8Array.of(2));
});

test('a list that is longer than a length can say is refused', () => {
  const element: a.Attribute = [1, new Uint8Array(60)];
  const list = Array.from({ length: 1024 }, () => element);
  expect(() => a.encodeAttributes([[1, list]])).toThrow(/65540 bytes/);
  expect(a.encodeAttributes([[1, list.slice(1)]]).byteLength).toBe(65476);
});

test('a string with a NUL is refused, as the kernel would see another one', () => {
  expect(() => a.text('eth0\0x')).toThrow(/NUL/);
});

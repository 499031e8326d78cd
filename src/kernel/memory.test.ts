import { expect, test } from 'vitest';
import { type Field, readInt32, readUint32, structure } from './memory.ts';

test.each<[string, Field[], string]>([
  ['nothing', [], ''],
  ['one byte', [[1, 0xab]], 'ab'],
  ['two bytes', [[2, 0x1234]], '3412'],
  ['four bytes', [[4, 0x12345678]], '78563412'],
  ['eight bytes', [[8, 0x1122334455667788n]], '8877665544332211'],
  ['eight bytes from a number', [[8, 2 ** 40 + 1]], '0100000000010000'],
  ['a negative number of four bytes', [[4, -100]], '9cffffff'],
  ['a negative number of eight bytes', [[8, -1]], 'ffffffffffffffff'],
  ['the largest of eight bytes', [[8, 2n ** 64n - 1n]], 'ffffffffffffffff'],
  ['the largest of four bytes', [[4, 0xffffffff]], 'ffffffff'],
  // One after the other: padding is the caller's.
  [
    'struct winsize',
    [
      [2, 24],
      [2, 80],
      [2, 0],
      [2, 0],
    ],
    '1800500000000000',
  ],
  [
    'fields that are not aligned',
    [
      [1, 1],
      [8, 2],
      [2, 3],
    ],
    '0102000000000000000300',
  ],
])('a structure of %s', (_, fields, hex) => {
  expect(Buffer.from(structure(...fields)).toString('hex')).toBe(hex);
});

test.each([
  ['at the beginning', 0, 0x03020100],
  ['where it is not aligned', 1, 0x04030201],
])('a number is read %s', (_, at, expected) => {
  expect(readUint32(Uint8Array.of(0, 1, 2, 3, 4), at)).toBe(expected);
});

test('numbers are read in their sign, and from where a part of a larger memory begins', () => {
  const part = Uint8Array.of(9, 9, 9, 9, 0xfe, 0xff, 0xff, 0xff).subarray(4);
  expect(readUint32(part, 0)).toBe(0xfffffffe);
  expect(readInt32(part, 0)).toBe(-2);
});

test('a number that would end behind the memory is not read', () => {
  expect(() => readUint32(new Uint8Array(4), 1)).toThrow(RangeError);
});

import { expect, test } from 'vitest';
import { encodeMessages, parseMessages, payload } from './message.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const message = (type: number, size: number) => ({ type, flags: 0x600, payload: new Uint8Array(size).fill(0xab) });

test('messages of one datagram are numbered in order, and begin on boundaries', () => {
  expect(hex(encodeMessages([message(16, 2), message(17, 4)], 7, (index) => index === 1))).toBe(
    '12000000' +
      '1000' +
      '0106' +
      '07000000' +
      '00000000' +
      'abab0000' +
      '14000000' +
      '1100' +
      '0506' +
      '08000000' +
      '00000000' +
      'abababab',
  );
});

test('what was encoded is read back', () => {
  const [first, second, ...others] = parseMessages(encodeMessages([message(16, 3), message(300, 0)], 0xfffffff0));
  expect(first).toEqual({ type: 16, flags: 0x601, sequence: 0xfffffff0, payload: Uint8Array.of(0xab, 0xab, 0xab) });
  expect(second).toEqual({ type: 300, flags: 0x601, sequence: 0xfffffff1, payload: new Uint8Array() });
  expect(others).toEqual([]);
});

test.each([
  ['is shorter than a head', 15],
  ['is none', 0],
  ['goes beyond the end', 25],
  ['is as large as can be', 0xffffffff],
])('reading stops at a message whose length %s', (_, length) => {
  const bytes = encodeMessages([message(16, 8), message(17, 8)], 1);
  new DataView(bytes.buffer).setUint32(24, length, true);
  expect(parseMessages(bytes).map(({ type }) => type)).toEqual([16]);
});

test('reading stops at a head that is cut', () => {
  expect(parseMessages(encodeMessages([message(16, 8)], 1).subarray(0, 15))).toEqual([]);
});

test('a payload is its parts', () => {
  expect(hex(payload(Uint8Array.of(1, 2, 3, 4), new Uint8Array(), Uint8Array.of(5)))).toBe('0102030405');
});

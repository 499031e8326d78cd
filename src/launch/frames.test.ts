import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeFrame, frameMost, fromShim, headerSize, toShim, want } from './frames.ts';

test('a frame is its kind, its length and its payload, little endian', () => {
  expect([...encodeFrame(toShim.input, Uint8Array.of(1, 2, 3))]).toEqual([3, 0, 0, 0, 3, 0, 0, 0, 1, 2, 3]);
  expect([...encodeFrame(toShim.signal, [0x01020304])]).toEqual([5, 0, 0, 0, 4, 0, 0, 0, 4, 3, 2, 1]);
  expect(encodeFrame(toShim.input)).toHaveLength(headerSize);
});

test('bytes of a part of some memory are that part', () => {
  expect([...encodeFrame(3, Uint8Array.of(9, 8, 7, 6).subarray(1, 3))].slice(headerSize)).toEqual([8, 7]);
});

describe('the numbers are those of native/frame.h', () => {
  const header = readFileSync(join(import.meta.dirname, '../../native/frame.h'), 'utf8');
  const upper = (name: string): string => name.toUpperCase();
  const numberOf = (name: string): number => Number(new RegExp(`\\b${name}(?: =|\\b) ?(\\d+)`).exec(header)?.[1]);

  test.each(Object.entries({ ...toShim, ...fromShim }))('%s', (name, number) => {
    expect(numberOf(`FRAME_${upper(name)}`)).toBe(number);
  });
  test.each(Object.entries(want))('wanting %s', (name, number) => expect(numberOf(`WANT_${upper(name)}`)).toBe(number));
  test('the longest payload', () => expect(numberOf('FRAME_MOST')).toBe(frameMost));
});

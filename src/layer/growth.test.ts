import { expect, test } from 'vitest';
import { refuseBomb } from './growth.ts';

const gibibyte = 2 ** 30;

test.each([
  [10, 1000, 'a small layer may grow without limit'],
  [10, gibibyte, 'up to a gibibyte'],
  [30 * 2 ** 20, 2 * gibibyte, 'a large one may grow as real layers do'],
  [32 * gibibyte, 64 * gibibyte, 'the largest there may be'],
])('refuseBomb lets %i bytes become %i: %s', (compressed, tar) => {
  refuseBomb(compressed, tar);
});

test.each([
  [2 ** 20, gibibyte + 1, 'decompressed'],
  [10 * 2 ** 20, 2 * gibibyte, 'decompressed'],
  [60 * gibibyte, 64 * gibibyte + 1, '64 GiB'],
])('refuseBomb does not let %i bytes become %i', (compressed, tar, why) => {
  expect(() => refuseBomb(compressed, tar)).toThrow(why);
});

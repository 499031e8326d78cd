import { expect, test } from 'vitest';
import { cpuWeight, ioWeight } from './weights.ts';

test.each([
  [0, 1],
  [2, 1],
  [3, 2],
  [100, 17],
  [512, 59],
  [1024, 100],
  [2000, 170],
  [2048, 174],
  [22_000, 1204],
  [262_143, 10_000],
  [262_144, 10_000],
  [1_000_000, 10_000],
])('%i cpu shares weigh %i', (shares, weight) => {
  expect(cpuWeight(shares)).toBe(weight);
});

test('more cpu shares never weigh less', () => {
  for (let shares = 2, last = 0; shares < 262_144; shares += 97) {
    const weight = cpuWeight(shares);
    expect(weight).toBeGreaterThanOrEqual(last);
    last = weight;
  }
});

test.each([
  [10, 1],
  [100, 910],
  [500, 4950],
  [1000, 10_000],
])('a block i/o weight of %i is %i in version 2', (weight, expected) => {
  expect(ioWeight(weight)).toBe(expected);
});

import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

test.each([
  ['rnu', 'run'],
  ['imgaes', 'images'],
  ['image', 'images'],
  ['pul', 'pull'],
  ['PULL', undefined],
  ['frobnicate', undefined],
  ['', undefined],
])('of the verbs, %j is nearest to %j', (word, expected) => {
  expect(nearest(word, ['run', 'pull', 'images', 'rm'])).toBe(expected);
});

test('of nothing, nothing is near', () => {
  expect(nearest('run', [])).toBeUndefined();
});

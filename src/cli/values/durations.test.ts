import { expect, test } from 'vitest';
import { parseDuration } from './durations.ts';

test.each([
  ['30s', 30_000],
  ['1m30s', 90_000],
  ['500ms', 500],
  ['1.5h', 5_400_000],
  ['.5s', 500],
  ['1000us', 1],
  ['1500000ns', 2],
  ['0', 0],
  ['0s', 0],
  ['-0s', 0],
  ['+2s', 2000],
])('%s is %d milliseconds', (text, milliseconds) => {
  expect(parseDuration('x', text)).toBe(milliseconds);
});

test.each([
  ['', 'is not a length of time'],
  ['30', 'is not a length of time'],
  ['1d', 'is not a length of time'],
  ['1s2', 'is not a length of time'],
  ['1e3s', 'is not a length of time'],
  ['-1s', 'is negative'],
  ['10us', 'is less than a millisecond'],
  [`${'9'.repeat(30)}h`, 'is more than can be counted'],
])('%j is refused', (text, message) => {
  expect(() => parseDuration('x', text)).toThrow(message);
});

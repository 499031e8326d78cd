import { expect, test } from 'vitest';
import { inWords } from './ago.ts';

const day = 86_400;
test.each([
  [-5, 'less than a second'],
  [0.9, 'less than a second'],
  [1, '1 second'],
  [59, '59 seconds'],
  [60, '1 minute'],
  [119, '1 minute'],
  [120, '2 minutes'],
  [3600, '1 hour'],
  [2 * day - 1, '47 hours'],
  [2 * day, '2 days'],
  [13 * day, '13 days'],
  [14 * day, '2 weeks'],
  [59 * day, '8 weeks'],
  [60 * day, '2 months'],
  [2 * 365 * day - 1, '24 months'],
  [2 * 365 * day, '2 years'],
])('%d seconds are %s', (seconds, words) => {
  expect(inWords(seconds * 1000)).toBe(words);
});

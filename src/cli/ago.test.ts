import { expect, test } from 'vitest';
import { inWords } from './ago.ts';

const day = 86_400;
test.each([
  [-5, 'Less than a second'],
  [0.9, 'Less than a second'],
  [1, '1 second'],
  [59, '59 seconds'],
  [60, 'About a minute'],
  [119, 'About a minute'],
  [120, '2 minutes'],
  [3599, '59 minutes'],
  [3600, 'About an hour'],
  [5399, 'About an hour'],
  [5400, '2 hours'],
  [2 * day - 1800 - 1, '47 hours'],
  [2 * day, '2 days'],
  [13 * day, '13 days'],
  [14 * day, '2 weeks'],
  [59 * day, '8 weeks'],
  [60 * day, '2 months'],
  [2 * 365 * day - 3600, '24 months'],
  [2 * 365 * day, '2 years'],
])('%d seconds are %s', (seconds, words) => {
  expect(inWords(seconds * 1000)).toBe(words);
});

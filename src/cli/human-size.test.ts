import { expect, test } from 'vitest';
import { humanSize } from './human-size.ts';

test.each([
  [0, '0B'],
  [7, '7B'],
  [999, '999B'],
  [1000, '1kB'],
  [1023, '1.02kB'],
  [7_048_421, '7.05MB'],
  [56_700, '56.7kB'],
  [999_900, '1000kB'],
  [1_230_000_000, '1.23GB'],
  [5e18, '5000PB'],
])('%d bytes are %s', (bytes, text) => {
  expect(humanSize(bytes)).toBe(text);
});

test('a sum may have four digits', () => {
  expect(humanSize(1_234_567, 4)).toBe('1.235MB');
});

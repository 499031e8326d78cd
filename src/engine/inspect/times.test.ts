import { expect, test } from 'vitest';
import { rfc3339 } from './times.ts';

test.each([
  [0, '1970-01-01T00:00:00Z'],
  [10_000, '1970-01-01T00:00:10Z'],
  [10_120, '1970-01-01T00:00:10.12Z'],
  [10_001, '1970-01-01T00:00:10.001Z'],
])('%d is %s', (milliseconds, text) => {
  expect(rfc3339(milliseconds)).toBe(text);
});

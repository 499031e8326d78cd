import { expect, test } from 'vitest';
import { isSince63 } from './table.ts';

test.each([
  ['6.3.0', true],
  ['6.18.44-fc-v657', true],
  ['7.0.1', true],
  ['6.2.16-3-pve', false],
  ['6.1.0-18-amd64', false],
  ['5.10.0', false],
  ['nonsense', false],
])('%s: %s', (release, expected) => {
  expect(isSince63(release)).toBe(expected);
});

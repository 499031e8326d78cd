import { expect, test } from 'vitest';
import { byName } from './by-name.ts';

test('numbers in names count as numbers', () => {
  const names = ['web10', 'none', 'web9', 'web', 'bridge', 'web9a', 'Web', '9', '10'];
  expect(names.sort(byName)).toEqual(['9', '10', 'Web', 'bridge', 'none', 'web', 'web9', 'web9a', 'web10']);
});

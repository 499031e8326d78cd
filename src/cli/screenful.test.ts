import { expect, test } from 'vitest';
import { screenful } from './screenful.ts';

test('the first clears the screen, and the next are drawn over it', () => {
  expect(screenful('a\nb\n', 24, 'first')).toBe('\x1b[2J\x1b[Ha\x1b[K\nb\x1b[K\n\x1b[J');
  expect(screenful('a\n', 24)).toBe('\x1b[Ha\x1b[K\n\x1b[J');
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const movements = /\x1b\[[HJK]/g;

test('what does not fit is counted', () => {
  const lines = (text: string) => text.replace(movements, '').split('\n').slice(0, -1);
  expect(lines(screenful('1\n2\n3\n4\n5\n', 5))).toEqual(['1', '2', '3', '… and 2 more']);
  expect(lines(screenful('1\n2\n3\n4\n', 5))).toEqual(['1', '2', '3', '4']);
  expect(lines(screenful('1\n2\n3\n4\n', 0))).toEqual(['1', '… and 3 more']);
});

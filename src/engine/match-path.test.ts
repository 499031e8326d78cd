import { expect, test } from 'vitest';
import { matchesPath } from './match-path.ts';

// As in the documentation of Go's path.Match.
test.each([
  ['abc', 'abc', true],
  ['*', 'abc', true],
  ['*c', 'abc', true],
  ['a*', 'ab/c', false],
  ['a*/b', 'abc/b', true],
  ['a*/b', 'a/c/b', false],
  ['a?c', 'abc', true],
  ['a?c', 'a/c', false],
  ['ab[c]', 'abc', true],
  ['ab[b-d]', 'abc', true],
  ['ab[e-g]', 'abc', false],
  ['ab[^c]', 'abc', false],
  ['ab[^e-g]', 'abc', true],
  ['a\\*b', 'a*b', true],
  ['a\\*b', 'ab', false],
  ['[\\-]', '-', true],
  ['a.c', 'abc', false],
  ['a|b', 'a', false],
  ['', '', true],
  [`${'*a'.repeat(30)}b`, 'a'.repeat(60), false],
])('%s and %s: %s', (pattern, path, matches) => expect(matchesPath(pattern, path)).toBe(matches));

test.each(['[', '[]', '[a', 'a\\', '[z-a]', '[^]'])('%s is no pattern', (pattern) =>
  expect(() => matchesPath(pattern, 'a')).toThrow('is not a pattern'),
);

import { describe, expect, test } from 'vitest';
import { oneOf, parseHostname, parseName, parseWorkdir } from './words.ts';

test('oneOf takes one of the words, and the usual one where none was given', () => {
  expect(oneOf('pull', 'never', ['missing', 'never'], 'missing')).toBe('never');
  expect(oneOf('pull', undefined, ['missing', 'never'], 'missing')).toBe('missing');
  expect(() => oneOf('pull', 'Never', ['missing', 'never'], 'missing')).toThrow(
    'the value "Never" of --pull is not one of missing, never',
  );
});

describe('parseName', () => {
  test.each(['web', 'a1', '0-9', 'my_app.v2-x', 'A_'])('takes %j', (name) => {
    expect(parseName(name)).toBe(name);
  });
  test.each(['', 'a', '-a', '_a', '.a', 'a b', 'a/b', '../x', 'ä1', 'ab\n'])('refuses %j', (name) => {
    expect(() => parseName(name)).toThrow('of --name is not a name');
  });
});

describe('parseHostname', () => {
  test.each(['web', 'a', 'web-1.example.com', 'my_host', '10', 'x'.repeat(64)])('takes %j', (name) => {
    expect(parseHostname('hostname', name)).toBe(name);
  });
  test.each(['', '-a', 'a-', 'a..b', '.a', 'a b', 'a\nb', 'x'.repeat(65)])('refuses %j', (name) => {
    expect(() => parseHostname('hostname', name)).toThrow('of --hostname is not a host name');
  });
});

test('parseWorkdir takes an absolute path only', () => {
  expect(parseWorkdir('/srv')).toBe('/srv');
  expect(() => parseWorkdir('srv')).toThrow('is not an absolute path');
});

import { describe, expect, test } from 'vitest';
import { parseEnv, parseEnvFile, parseLabels } from './environment.ts';

const caller = { HOME: '/root', EMPTY: '' };

describe('parseEnv', () => {
  test.each([
    ['A=1', 'A=1'],
    ['A=', 'A='],
    ['A=b=c', 'A=b=c'],
    ['A= spaces ', 'A= spaces '],
    ['HOME', 'HOME=/root'],
    ['EMPTY', 'EMPTY='],
    ['MISSING', 'MISSING'],
    ['__proto__=1', '__proto__=1'],
  ])('takes %j as %j', (value, expected) => {
    expect(parseEnv(value, caller)).toBe(expected);
  });

  test.each(['', '=', '=x'])('refuses %j, which has no name', (value) => {
    expect(() => parseEnv(value, caller)).toThrow('has no name');
  });
});

describe('parseEnvFile agrees with Docker', () => {
  test('on a file with comments, blanks, quotation marks, a byte order mark and carriage returns', () => {
    const text = '\uFEFFA=1\n# c\n\n  B= x y \nMISSING\nHOME\r\nC="q"\n\t D=4\n  # indented\nE=a=b#c';
    expect(parseEnvFile(text, 'f', caller)).toEqual(['A=1', 'B= x y ', 'HOME=/root', 'C="q"', 'D=4', 'E=a=b#c']);
  });

  test.each([
    ['A B=1', 'has the name "A B", which has a space in it'],
    ['A=1\nB =2', 'has the name "B ", which has a space in it'],
    ['=1', 'has the line "=1", which has no name'],
    ['A=\0', 'has a NUL in it'],
  ])('on %j, which is refused', (text, message) => {
    expect(() => parseEnvFile(text, 'my.env', caller)).toThrow(message);
  });
});

describe('parseLabels', () => {
  test('takes names with and without a value, and the last of the same name', () => {
    expect(parseLabels(['a', 'b=c=d', 'a=2', 'e='])).toEqual({ a: '2', b: 'c=d', e: '' });
  });

  test.each(['', '=x'])('refuses %j', (value) => {
    expect(() => parseLabels([value])).toThrow('of --label has no name');
  });
});

import { describe, expect, test } from 'vitest';
import { parsePax, parsePaxTime } from './pax.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');

test('parsePax reads records whose values hold newlines, equals signs and any byte', () => {
  const records = parsePax(bytes('12 path=a\nb\n12 a=b=\xff\x80\0d\n5 k=\n'));
  expect([...records]).toEqual([
    ['path', 'a\nb'],
    ['a', 'b=\xff\x80\0d'],
  ]);
});

test('parsePax keeps an attribute without a value, and the last of what is said twice', () => {
  const records = parsePax(bytes('24 SCHILY.xattr.user.a=\n11 path=ab\n9 path=b\n'));
  expect([...records]).toEqual([
    ['SCHILY.xattr.user.a', ''],
    ['path', 'b'],
  ]);
});

test('parsePax keeps a record that is named like something of JavaScript’s', () => {
  expect(parsePax(bytes('15 __proto__=x\n')).get('__proto__')).toBe('x');
});

test.each([
  '8 path=a\n',
  '11 path=a\n',
  'path=a\n',
  '0 a=b\n',
  '-5 a=b\n',
  '6 a_b\n',
  '6 a=b',
  '99999999 a=b\n',
  '6  a=b\n\0',
])('parsePax refuses %j', (text) => {
  expect(() => parsePax(bytes(text))).toThrow('broken extended header');
});

describe('parsePaxTime', () => {
  test.each([
    ['0', 0n],
    ['1350244992.023960108', 1350244992023960108n],
    ['1.5', 1_500_000_000n],
    ['1.', 1_000_000_000n],
    ['1.0000000019', 1_000_000_001n],
    ['-1.5', -1_500_000_000n],
  ])('%s', (text, time) => {
    expect(parsePaxTime(text)).toBe(time);
  });

  test.each(['', 'x', '1e9', '--1', '1.2.3', ' 1', '9'.repeat(30)])('refuses %j', (text) => {
    expect(() => parsePaxTime(text)).toThrow('is not a time');
  });
});

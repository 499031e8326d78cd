import { expect, test } from 'vitest';
import { printable, printableJson } from './printable.ts';

test.each([
  ['a\tb\nc', 'a b c'],
  ['\u001b[2J', ' [2J'],
  ['\u009b2J', ' 2J'],
  ['\u202etxt.exe', ' txt.exe'],
  ['schön 🐳', 'schön 🐳'],
])('%j is printed as %j', (text, expected) => {
  expect(printable(text)).toBe(expected);
});

test('JSON stays the same JSON, without a control character', () => {
  const value = { 'a\u009b2J': 'b\u001b[2J\u007f\u202e', c: ['schön'] };
  const json = printableJson(JSON.stringify(value, null, 4));
  expect(JSON.parse(json)).toEqual(value);
  expect(json).toContain('\\u009b2J');
  for (const character of '\u009b\u001b\u007f\u202e') expect(json).not.toContain(character);
});

import { expect, test } from 'vitest';
import { indentJson } from './indent-json.ts';

test.each([
  [{}],
  [[]],
  ['text, with: {brackets} and \\"quotes\\"'],
  [{ a: 1, b: [], c: {}, d: [1, 'two', null, { e: [[true], [[]]] }], 'f:,{': '\u001b' }],
])('%j is laid out as JSON.stringify would', (value) => {
  for (const step of ['\t', '   '])
    expect(indentJson(JSON.stringify(value), step)).toBe(JSON.stringify(value, null, step));
});

test('what was laid out otherwise is laid out anew', () => {
  expect(indentJson('{ "a" :[1 ,\r\n 2\t] , "b":{ } }', '  ')).toBe(JSON.stringify({ a: [1, 2], b: {} }, null, 2));
});

test('numbers, escapes, the order of keys and doubled keys stay', () => {
  expect(indentJson('{"b":1.0e+2,"1":"\\u0041","b":12345678901234567890}', '')).toBe(
    '{\n"b": 1.0e+2,\n"1": "\\u0041",\n"b": 12345678901234567890\n}',
  );
});

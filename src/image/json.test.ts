import { describe, expect, test } from 'vitest';
import { array, keys, object, optional, parseObject, quoted, size, string, stringMap, strings } from './json.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const corrupt = (message: string) => expect.objectContaining({ code: 'corrupt', message });

test('an object in UTF-8 is read', () => {
  expect(parseObject(bytes('{"a": "ä"}'), 'it')).toEqual({ a: 'ä' });
});

describe('a document that is not one JSON object is refused', () => {
  test.each([
    ['', 'it is not JSON'],
    ['{', 'it is not JSON'],
    ['{} {}', 'it is not JSON'],
    ["{'a': 1}", 'it is not JSON'],
    ['null', 'it is not an object'],
    ['[]', 'it is not an object'],
    ['"{}"', 'it is not an object'],
    ['1', 'it is not an object'],
  ])('%j', (text, message) => {
    expect(() => parseObject(bytes(text), 'it')).toThrow(corrupt(message));
  });

  test('bytes that are not UTF-8', () => {
    expect(() => parseObject(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d), 'it')).toThrow(
      corrupt('it is not JSON'),
    );
  });

  test('one that is nested until the stack is gone', () => {
    const deep = bytes(`${'['.repeat(200_000)}${']'.repeat(200_000)}`);
    expect(() => parseObject(deep, 'it')).toThrow(expect.objectContaining({ code: 'corrupt' }));
  });
});

describe('a value of another type than expected is refused in one line', () => {
  test.each([
    ['an object', () => object([], 'it'), 'it is not an object'],
    ['an object, for null', () => object(null, 'it'), 'it is not an object'],
    ['a list', () => array({ length: 1 }, 'it'), 'it is not a list'],
    ['a string', () => string(1, 'it'), 'it is not a string'],
    ['a list of strings', () => strings(['a', 1], 'it'), 'an item of it is not a string'],
    ['a map of strings', () => stringMap({ a: 1 }, 'it'), '"a" of it is not a string'],
    [
      'a map with a hostile key',
      () => stringMap({ 'a\n\u001b[2J': 1 }, 'it'),
      '"a\\n\\u001b[2J" of it is not a string',
    ],
    ['a set', () => keys([], 'it'), 'it is not an object'],
  ])('%s', (_, read, message) => {
    expect(read).toThrow(corrupt(message));
  });
});

test.each([0, 1, 2 ** 31, 2 ** 53 - 1])('%i is a size', (value) => {
  expect(size(value, 'it')).toBe(value);
});

test.each([-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, '1', null, undefined, [1], true])(
  '%j is no size',
  (value) => {
    expect(() => size(value, 'it')).toThrow(corrupt('it is not a size'));
  },
);

test('null, which Go writes for what is empty, counts as missing', () => {
  const read = (value: unknown) => string(value, 'it');
  expect(optional(undefined, read)).toBeUndefined();
  expect(optional(null, read)).toBeUndefined();
  expect(optional('', read)).toBe('');
  expect(() => optional(0, read)).toThrow('it is not a string');
});

test('a map has the keys that were sent and no others, whatever they are called', () => {
  const map = stringMap(JSON.parse('{"__proto__": "a", "constructor": "b"}'), 'it');
  expect(Object.keys(map).sort()).toEqual(['__proto__', 'constructor']);
  expect(map.toString).toBeUndefined();
  expect(Object.getPrototypeOf({})).toBe(Object.prototype);
});

test('a set is the keys of a map', () => {
  expect(keys({ '/data': {}, '/logs': null }, 'it')).toEqual(['/data', '/logs']);
});

test.each([
  [undefined, 'undefined'],
  [null, 'null'],
  [7, '7'],
  ['a"b\n', '"a\\"b\\n"'],
  ['x'.repeat(200), `"${'x'.repeat(119)}…`],
  [{ a: 1 }, 'an object'],
  [[[]], 'a list'],
])('%j is quoted as %s', (value, shown) => {
  expect(quoted(value)).toBe(shown);
});

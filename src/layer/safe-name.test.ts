import { describe, expect, test } from 'vitest';
import { byteName } from './byte-names.ts';
import { safeName } from './safe-name.ts';

describe('safeName takes a name apart below the layer’s root', () => {
  test.each([
    ['etc/passwd', ['etc', 'passwd']],
    ['./etc//passwd/', ['etc', 'passwd']],
    ['/etc/./passwd', ['etc', 'passwd']],
    ['', []],
    ['./', []],
    ['/', []],
    ['..etc/passwd..', ['..etc', 'passwd..']],
    [byteName('日本'), [byteName('日本')]],
  ])('%j', (name, components) => {
    expect(safeName(name)).toEqual(components);
  });
});

test.each(['..', '../etc/passwd', 'a/../../etc', 'a/..', '/..', './..//x', 'a/b/../c'])(
  'safeName refuses %j, which leads upwards',
  (name) => {
    expect(() => safeName(name)).toThrow('leads out of its layer');
  },
);

test.each([
  ['safe\0/../../etc/passwd', 'NUL'],
  [`${'a'.repeat(256)}/b`, 'too long'],
  ['a/'.repeat(2048), 'too long'],
])('safeName refuses what the kernel would read differently (%#)', (name, why) => {
  expect(() => safeName(name)).toThrow(why);
});

test('safeName tells the name as text, and not all of it', () => {
  expect(() => safeName(byteName('../日本'))).toThrow('the entry "../日本" leads');
  expect(() => safeName(`../${'a'.repeat(3000)}`)).toThrow('aaa…');
});

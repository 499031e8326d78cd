import { expect, test } from 'vitest';
import { cleanPath } from './copy-paths.ts';

test.each([
  ['a', '/a'],
  ['/a//b/../c', '/a/c'],
  ['/a/', '/a/'],
  ['/a/.', '/a/.'],
  ['/a/./', '/a/.'],
  ['.', '/.'],
  ['/', '/'],
  ['/../..', '/'],
  ['/a/..', '/'],
  ['/a/b.', '/a/b.'],
  ['/a/..b/.', '/a/..b/.'],
])('%s is cleaned to %s', (text, clean) => {
  expect(cleanPath(text)).toBe(clean);
});

test('a path of the host begins in its folder', () => {
  expect(cleanPath('a/./b/', '/home/me')).toBe('/home/me/a/b/');
  expect(cleanPath('.', '/home/me')).toBe('/home/me/.');
  expect(cleanPath('..', '/home/me')).toBe('/home');
});

test('a name that is no text in Latin letters is kept byte for byte', () => {
  expect(Buffer.from(cleanPath('/é'), 'latin1').toString()).toBe('/é');
});

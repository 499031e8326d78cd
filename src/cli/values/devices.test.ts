import { expect, test } from 'vitest';
import { parseDevice } from './devices.ts';

test.each([
  ['/dev/fuse', '/dev/fuse', 'rwm'],
  ['/dev/fuse:/dev/x', '/dev/x', 'rwm'],
  ['/dev/fuse:r', '/dev/fuse', 'r'],
  ['/dev/fuse:mr', '/dev/fuse', 'mr'],
  ['/dev/fuse:/dev/x:rw', '/dev/x', 'rw'],
])('%j is %s with %s', (value, target, access) => {
  expect(parseDevice(value)).toEqual({ path: '/dev/fuse', target, access });
});

test.each([
  ['', 'is not an absolute path'],
  ['fuse', 'is not an absolute path'],
  ['/dev/fuse:x', 'is not an absolute path'],
  ['/dev/fuse::r', 'is not an absolute path'],
  ['/dev/fuse:r:m', 'is not an absolute path'],
  ['/dev/fuse:/dev/x:', 'has the access ""'],
  ['/dev/fuse:/dev/x:q', 'has the access "q"'],
  ['/dev/fuse:/dev/x:rr', 'has the access "rr"'],
  ['/dev/a:/dev/b:r:x', 'has too many parts'],
])('%j is refused', (value, message) => {
  expect(() => parseDevice(value)).toThrow(message);
});

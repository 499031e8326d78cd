import { constants } from 'node:os';
import { describe, expect, test } from 'vitest';
import { TsdockerError } from '../error.ts';
import { describeErrno, errnoName, errnoNumber, failedWith, KernelError } from './errno.ts';

test('names and numbers are the system’s own', () => {
  const ours = Array.from({ length: 134 }, (_, errno) => [errnoName(errno), errno] as const);
  const known = ours.filter(([name]) => name.startsWith('E'));
  expect(known.length).toBeGreaterThan(45);
  for (const [name, errno] of known) {
    expect(errnoNumber(name)).toBe(errno);
    const theirs = (constants.errno as unknown as Record<string, number>)[name];
    if (theirs !== undefined) expect(errno, name).toBe(theirs);
  }
});

test.each([
  [1, 'EPERM', 'EPERM (operation not permitted)'],
  [2, 'ENOENT', 'ENOENT (no such file or directory)'],
  [40, 'ELOOP', 'ELOOP (too many levels of symbolic links)'],
  [200, 'errno 200', 'errno 200'],
  [0, 'errno 0', 'errno 0'],
])('%i is %s', (errno, name, described) => {
  expect(errnoName(errno)).toBe(name);
  expect(describeErrno(errno)).toBe(described);
});

test.each(['ENONSENSE', '', 'eperm', 'errno 200'])('there is no errno %j', (name) => {
  expect(() => errnoNumber(name)).toThrow(RangeError);
});

describe('a system call that failed', () => {
  test('says which, on what, and why', () => {
    const error = new KernelError('renameat2', 18, [5, '/a', -100, '/b', 0n, null, new Uint8Array(2)]);
    expect(error).toBeInstanceOf(TsdockerError);
    expect(error).toMatchObject({
      name: 'KernelError',
      code: 'kernel',
      message: 'renameat2 /a /b failed: EXDEV (invalid cross-device link)',
      call: 'renameat2',
      errno: 18,
      details: { call: 'renameat2', errno: 18 },
    });
  });

  test('is told by the names of error numbers', () => {
    const error = new KernelError('openat', 2, []);
    expect(failedWith(error, 'ENOENT')).toBe(true);
    expect(failedWith(error, 'EPERM', 'ENOENT')).toBe(true);
    expect(failedWith(error, 'EPERM')).toBe(false);
    expect(failedWith(error)).toBe(false);
    expect(failedWith(new KernelError('x', 200, []), 'errno 200')).toBe(true);
  });

  test.each([[new TsdockerError('kernel', 'x')], [{ errno: 2 }], [undefined], ['ENOENT']])(
    'is not told from %o',
    (error) => {
      expect(failedWith(error, 'ENOENT')).toBe(false);
    },
  );
});

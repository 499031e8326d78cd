import { describe, expect, test } from 'vitest';
import { type ErrorCode, exitStatusOf, TsdockerError } from './error.ts';

test.each<[ErrorCode, number]>([
  ['usage', 125],
  ['unknownVerb', 1],
  ['permission', 125],
  ['unsupported', 125],
  ['notFound', 125],
  ['conflict', 125],
  ['corrupt', 125],
  ['registry', 125],
  ['kernel', 125],
  ['commandNotExecutable', 126],
  ['commandNotFound', 127],
  ['internal', 125],
])('%s ends the command line with %i, as in Docker', (code, status) => {
  expect(exitStatusOf[code]).toBe(status);
});

describe('an error', () => {
  test('carries its code, its message, its hint, its facts and its cause', () => {
    const cause = new Error('below');
    const error = new TsdockerError('notFound', 'there is no image x', {
      cause,
      hint: 'pull it',
      details: { image: 'x' },
    });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'TsdockerError',
      code: 'notFound',
      message: 'there is no image x',
      hint: 'pull it',
      details: { image: 'x' },
      cause,
    });
    expect(String(error)).toBe('TsdockerError: there is no image x');
  });

  test('without any of these has no hint, no facts and no cause', () => {
    const error = new TsdockerError('internal', 'impossible');
    expect(error.hint).toBeUndefined();
    expect(error.details).toEqual({});
    expect('cause' in error).toBe(false);
  });

  test('keeps a cause that is falsy, as anything can be thrown', () => {
    expect(new TsdockerError('internal', 'odd', { cause: null }).cause).toBeNull();
  });
});

import { expect, test } from 'vitest';
import { basic, parseToken } from './token.ts';

test.each([
  ['{"token":"abc"}', { token: 'abc', seconds: 60 }],
  ['{"access_token":"abc","expires_in":300}', { token: 'abc', seconds: 300 }],
  ['{"token":"abc","access_token":"def"}', { token: 'abc', seconds: 60 }],
  ['{"token":"","access_token":"def"}', { token: 'def', seconds: 60 }],
  ['{"token":"abc","refresh_token":"kept"}', { token: 'abc', seconds: 60, identityToken: 'kept' }],
  ['{"token":"abc","refresh_token":5}', { token: 'abc', seconds: 60 }],
  ['{"token":"a.b-c_d~e+f/g==","expires_in":-1}', { token: 'a.b-c_d~e+f/g==', seconds: 60 }],
])('the token of %s is found', (body, expected) => {
  expect(parseToken(body, 'r')).toEqual(expected);
});

test.each(['', 'null', '{}', '{"token":5}', '{"token":"a b"}', '{"token":"a\\nb"}', '{"Token":"abc"}'])(
  '%j holds no token',
  (body) => {
    expect(() => parseToken(body, 'r')).toThrow(
      expect.objectContaining({ code: 'registry', message: 'r gave no token' }),
    );
  },
);

test('basic credentials are sent in UTF-8', () => {
  expect(basic({ username: 'ä', password: 'b:c' })).toBe(`Basic ${Buffer.from('ä:b:c').toString('base64')}`);
});

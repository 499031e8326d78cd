import { expect, test } from 'vitest';
import { basic, createAuthenticator, parseToken } from './auth.ts';
import type { Answer } from './transport.ts';

test.each([
  ['{"token":"abc"}', { token: 'abc', seconds: 60 }],
  ['{"access_token":"abc","expires_in":300}', { token: 'abc', seconds: 300 }],
  ['{"token":"abc","access_token":"def"}', { token: 'abc', seconds: 60 }],
  ['{"token":"","access_token":"def"}', { token: 'def', seconds: 60 }],
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

const endpoint = {
  origin: 'https://r.example',
  name: 'r.example',
  isMirror: false,
  title: 'the registry r.example',
};

/** An authenticator whose token service gives out t1, t2, …, each for 100 s. */
function authenticatorAt(clock: { now: number }, credentials = {}) {
  const asked: { url: string; headers: Record<string, string> }[] = [];
  const get = async (url: URL, headers: Record<string, string>): Promise<Answer> => {
    asked.push({ url: url.href, headers });
    const body = Buffer.from(JSON.stringify({ token: `t${asked.length}`, expires_in: 100 }));
    return {
      status: 200,
      headers: new Headers(),
      elsewhere: false,
      body: (async function* () {
        yield body;
      })(),
      discard: async () => undefined,
    };
  };
  return { asked, authenticator: createAuthenticator(credentials, get, () => clock.now) };
}

const challenge = 'Bearer realm="https://auth.example/token?x=1",service="s",scope="repository:other:pull,push"';

test('a token is kept until it expires, for its repository only', async () => {
  const clock = { now: 0 };
  const { authenticator } = authenticatorAt(clock);
  expect(await authenticator.answer(endpoint, 'a/b', challenge, undefined)).toBe('Bearer t1');
  expect(authenticator.known(endpoint, 'a/b')).toBe('Bearer t1');
  expect(authenticator.known(endpoint, 'a/c')).toBeUndefined();
  expect(authenticator.known({ ...endpoint, origin: 'https://s.example' }, 'a/b')).toBeUndefined();
  clock.now = 100_000;
  expect(authenticator.known(endpoint, 'a/b')).toBeUndefined();
});

test('a token that was refused is replaced, once for all who ask at that time', async () => {
  const { authenticator, asked } = authenticatorAt({ now: 0 });
  const ask = (refused: string | undefined) => authenticator.answer(endpoint, 'a', challenge, refused);
  expect(await Promise.all([ask(undefined), ask(undefined)])).toEqual(['Bearer t1', 'Bearer t1']);
  expect(await Promise.all([ask('Bearer t1'), ask('Bearer t1')])).toEqual(['Bearer t2', 'Bearer t2']);
  expect(await ask('Bearer t1')).toBe('Bearer t2');
  expect(asked).toHaveLength(2);
});

test('the scope is our repository and no more than pulling, whatever the challenge says', async () => {
  const { authenticator, asked } = authenticatorAt({ now: 0 });
  await authenticator.answer(endpoint, 'a/b', challenge, undefined);
  expect(asked).toEqual([
    { url: 'https://auth.example/token?x=1&service=s&scope=repository%3Aa%2Fb%3Apull', headers: {} },
  ]);
});

test('credentials go to the token service of the registry they are for, and no other', async () => {
  const mine = { username: 'me', password: 'sesame' };
  const { authenticator, asked } = authenticatorAt({ now: 0 }, { 'r.example': mine });
  await authenticator.answer(endpoint, 'a', challenge, undefined);
  await authenticator.answer({ ...endpoint, name: 'mirror.example' }, 'b', challenge, undefined);
  expect(asked.map(({ headers }) => headers.authorization)).toEqual([basic(mine), undefined]);
});

test('a token service by plain http is refused to a registry by https', async () => {
  const { authenticator } = authenticatorAt({ now: 0 });
  await expect(authenticator.answer(endpoint, 'a', 'Bearer realm="http://169.254.0.1/"', undefined)).rejects.toThrow(
    'the registry r.example names a token service that is reached by plain http',
  );
});

test.each(['Negotiate', 'Basic realm="x"', 'Bearer service="no realm"', ''])(
  'the challenge %s cannot be met without credentials',
  async (header) => {
    const { authenticator } = authenticatorAt({ now: 0 });
    expect(await authenticator.answer(endpoint, 'a', header, undefined)).toBeUndefined();
  },
);

test('basic credentials that were refused are not sent again', async () => {
  const mine = { username: 'me', password: 'sesame' };
  const { authenticator } = authenticatorAt({ now: 0 }, { 'r.example': mine });
  expect(await authenticator.answer(endpoint, 'a', 'Basic realm="x"', undefined)).toBe(basic(mine));
  expect(await authenticator.answer(endpoint, 'a', 'Basic realm="x"', basic(mine))).toBeUndefined();
});

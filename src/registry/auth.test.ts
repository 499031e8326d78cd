import { expect, test } from 'vitest';
import { TsdockerError } from '../error.ts';
import { createAuthenticator } from './auth.ts';
import type { Credentials } from './credentials.ts';
import { basic, type TokenRequest } from './token.ts';
import type { Answer } from './transport.ts';

const endpoint = {
  origin: 'https://r.example',
  name: 'r.example',
  isMirror: false,
  title: 'the registry r.example',
};

/** An authenticator whose token service gives out t1, t2, …, each for 100 s. */
function authenticatorAt(clock: { now: number }, credentials: Record<string, Credentials | Error> = {}) {
  const asked: { url: string; headers: TokenRequest['headers']; body?: string }[] = [];
  const lookups: string[] = [];
  const lookUp = async (name: string) => {
    lookups.push(name);
    const found = credentials[name];
    if (found instanceof Error) throw found;
    return found;
  };
  const send = async ({ url, headers, body: sent }: TokenRequest): Promise<Answer> => {
    asked.push({ url: url.href, headers, ...(sent && { body: Buffer.from(sent).toString() }) });
    const body = Buffer.from(JSON.stringify({ token: `t${asked.length}`, expires_in: 100 }));
    return {
      status: 200,
      headers: new Headers(),
      url,
      elsewhere: false,
      body: (async function* () {
        yield body;
      })(),
      discard: async () => undefined,
    };
  };
  return { asked, lookups, authenticator: createAuthenticator(lookUp, send, { now: () => clock.now }) };
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

test('nobody looks up credentials that no challenge asks for, and nobody twice', async () => {
  const { authenticator, lookups } = authenticatorAt({ now: 0 });
  expect(authenticator.known(endpoint, 'a')).toBeUndefined();
  await authenticator.answer(endpoint, 'a', 'Negotiate', undefined);
  expect(lookups).toEqual([]);
  await Promise.all(['a', 'b', 'c'].map((name) => authenticator.answer(endpoint, name, challenge, undefined)));
  expect(lookups).toEqual(['r.example']);
});

test('where credentials cannot be looked up we are nobody, and a refusal can say why', async () => {
  const failure = new TsdockerError('registry', 'the credential helper x is broken');
  const { authenticator, asked } = authenticatorAt({ now: 0 }, { 'r.example': failure });
  expect(authenticator.standing(endpoint)).toEqual({ authenticated: false });
  expect(await authenticator.answer(endpoint, 'a', 'Basic realm="x"', undefined)).toBeUndefined();
  expect(await authenticator.answer(endpoint, 'a', challenge, undefined)).toBe('Bearer t1');
  expect(asked[0]?.headers).toEqual({});
  expect(authenticator.standing(endpoint)).toEqual({ authenticated: false, trouble: failure.message });
});

test('an identity token goes to the token service in the body of a POST, and never to the registry', async () => {
  const token = { username: '', password: '', identityToken: 'my&token' };
  const { authenticator, asked } = authenticatorAt({ now: 0 }, { 'r.example': token });
  expect(await authenticator.answer(endpoint, 'a', 'Basic realm="x"', undefined)).toBeUndefined();
  expect(asked).toEqual([]);
  expect(await authenticator.answer(endpoint, 'a', challenge, undefined)).toBe('Bearer t1');
  expect(asked).toEqual([
    {
      url: 'https://auth.example/token?x=1',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=refresh_token&refresh_token=my%26token&service=s&client_id=tsdocker&scope=repository%3Aa%3Apull',
    },
  ]);
});

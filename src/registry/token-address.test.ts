import { expect, test } from 'vitest';
import { tokenAddress } from './token-address.ts';

const secure = { origin: 'https://r.example', name: 'r.example', isMirror: false, title: 'the registry r.example' };
const plain = { ...secure, origin: 'http://r.example' };
const here = { ...secure, origin: 'http://127.0.0.1:5000' };
const realm = (address: string) => ({ scheme: 'bearer', parameters: { realm: address } });

test.each([
  ['https', 'https://auth.example/token', secure],
  ['https on a port', 'https://r.example:8443/token?x=1', secure],
  ['https, named over plain http', 'https://auth.example/token', plain],
  ['plain http, on the host of a registry that is reached so', 'http://r.example:5001/token', plain],
  ['plain http on the loopback, as the registry', 'http://127.0.0.1:5001/token', here],
])('credentials go to a token service by %s', (_, address, endpoint) => {
  expect(tokenAddress(endpoint, [], realm(address), true).href).toBe(address);
});

test.each([
  ['nonsense', secure, 'is not an address'],
  ['file:///etc/passwd', secure, 'is reached by neither http nor https'],
  ['https://a:b@r.example/', secure, 'has credentials in its address'],
  ['http://r.example/token', secure, 'is reached by plain http'],
  ['https://127.0.0.1/token', secure, 'is on this machine itself'],
  ['http://169.254.169.254/latest', plain, 'is on this machine itself'],
  ['http://[::ffff:127.0.0.1]/', plain, 'is on this machine itself'],
  ['http://auth.example/token', plain, 'is another host, reached by plain http: it gets no credentials'],
  ['http://auth.example/token', here, 'is another host, reached by plain http: it gets no credentials'],
])('a token service at %s gets no credentials', (address, endpoint, why) => {
  const expected = { code: 'registry', message: `the registry r.example names a token service that ${why}` };
  expect(() => tokenAddress(endpoint, [], realm(address), true)).toThrow(expect.objectContaining(expected));
});

test('without credentials a registry by plain http may name a token service by plain http', () => {
  expect(tokenAddress(plain, ['repository:a:pull'], realm('http://auth.example/token'), false).href).toBe(
    'http://auth.example/token?scope=repository%3Aa%3Apull',
  );
});

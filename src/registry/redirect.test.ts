import { expect, test } from 'vitest';
import { followRedirect, isOnlyHere } from './redirect.ts';

const from = (url: string) => ({ url: new URL(url), headers: { Authorization: 'Bearer secret', range: 'bytes=5-' } });
const follow = (url: string, location: string | null, followed = 0) =>
  followRedirect(from(url), location, followed, 'the registry r.example');

test.each([
  ['https://r.example/v2/a', '/v2/b', 'https://r.example/v2/b', true],
  ['https://r.example/v2/a', 'https://r.example:443/b', 'https://r.example/b', true],
  ['https://r.example/v2/a', 'https://cdn.example/b?signature=x', 'https://cdn.example/b?signature=x', false],
  ['https://r.example/v2/a', '//cdn.example/b', 'https://cdn.example/b', false],
  ['https://r.example/v2/a', 'https://r.example:8443/b', 'https://r.example:8443/b', false],
  ['https://r.example/v2/a', 'https://sub.r.example/b', 'https://sub.r.example/b', false],
  ['http://r.example/v2/a', 'https://r.example/b', 'https://r.example/b', false],
  ['http://r.example/v2/a', 'http://cdn.example/b', 'http://cdn.example/b', false],
])('from %s to %s leads to %s, with credentials: %s', (url, location, target, keeps) => {
  const request = follow(url, location);
  expect(request.url.href).toBe(target);
  expect(Object.keys(request.headers)).toEqual(keeps ? ['Authorization', 'range'] : ['range']);
});

test.each([
  ['https://r.example/', null, 0, 'to nowhere'],
  ['https://r.example/', 'http://', 0, 'to nowhere'],
  ['https://r.example/', 'file:///etc/passwd', 0, 'to the scheme "file:", which is neither http nor https'],
  ['https://r.example/', 'javascript:alert(1)', 0, 'to the scheme "javascript:", which is neither http nor https'],
  ['https://r.example/', 'http://r.example/', 0, 'from https to plain http at r.example'],
  ['https://r.example/', 'https://a:b@r.example/', 0, 'to r.example with credentials in the address'],
  ['https://r.example/', '/b', 5, 'more than 5 times'],
  ['https://r.example/', 'https://0x7f.1:2375/', 0, 'to this machine itself, at 127.0.0.1:2375'],
  ['http://r.example/', 'http://169.254.169.254/latest', 0, 'to this machine itself, at 169.254.169.254'],
])('from %s to %s after %i redirects is refused', (url, location, followed, why) => {
  expect(() => follow(url, location, followed)).toThrow(
    expect.objectContaining({ code: 'registry', message: `the registry r.example redirects ${why}` }),
  );
});

test.each([
  'localhost',
  'localhost.',
  'a.localhost',
  '127.0.0.1',
  '2130706433',
  '0177.1',
  '127.255.255.254',
  '0.0.0.0',
  '169.254.169.254',
  '[::1]',
  '[::]',
  '[fe80::1]',
  '[::ffff:127.0.0.1]',
  '[::127.0.0.1]',
  '[::ffff:169.254.169.254]',
])('%s is only here', (host) => {
  expect(isOnlyHere(new URL(`http://${host}/`).hostname)).toBe(true);
});

test.each([
  'r.example',
  'localhost.example',
  '128.0.0.1',
  '10.0.0.1',
  '169.253.0.1',
  '[2001:db8::1]',
  '[::ffff:8.8.8.8]',
])('%s may be elsewhere', (host) => {
  expect(isOnlyHere(new URL(`http://${host}/`).hostname)).toBe(false);
});

test('a registry of this machine may redirect within it', () => {
  expect(follow('http://127.0.0.1:5000/', 'http://localhost:9000/b').url.host).toBe('localhost:9000');
});

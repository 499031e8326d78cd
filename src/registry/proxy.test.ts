import { expect, test } from 'vitest';
import { isExcepted, type ProxyEnvironment, proxyFor } from './proxy.ts';

const proxy = (url: string, environment: ProxyEnvironment) => proxyFor(new URL(url), environment);

test.each<[string, ProxyEnvironment, string | undefined]>([
  ['https://r.example/', {}, undefined],
  ['https://r.example/', { HTTPS_PROXY: 'http://p.example:3128' }, 'http://p.example:3128/'],
  ['https://r.example/', { https_proxy: 'http://p.example:3128' }, 'http://p.example:3128/'],
  ['https://r.example/', { HTTPS_PROXY: 'p.example:3128' }, 'http://p.example:3128/'],
  ['https://r.example/', { HTTPS_PROXY: 'https://p.example' }, 'https://p.example/'],
  ['https://r.example/', { HTTPS_PROXY: 'http://me:pw@p.example' }, 'http://me:pw@p.example/'],
  ['https://r.example/', { HTTPS_PROXY: '', https_proxy: 'http://p.example' }, 'http://p.example/'],
  ['https://r.example/', { HTTP_PROXY: 'http://p.example' }, undefined],
  ['http://r.example/', { HTTPS_PROXY: 'http://p.example' }, undefined],
  ['http://r.example/', { HTTP_PROXY: 'http://p.example' }, 'http://p.example/'],
  ['http://r.example/', { HTTP_PROXY: 'http://p.example', NO_PROXY: 'r.example' }, undefined],
  ['http://r.example/', { HTTP_PROXY: 'http://p.example', no_proxy: 'r.example' }, undefined],
  ['http://localhost:5000/', { HTTP_PROXY: 'http://p.example' }, undefined],
  ['http://127.1.2.3/', { HTTP_PROXY: 'http://p.example' }, undefined],
  ['http://[::1]:5000/', { HTTP_PROXY: 'http://p.example' }, undefined],
  ['http://128.0.0.1/', { HTTP_PROXY: 'http://p.example' }, 'http://p.example/'],
])('%s with %j goes through %s', (url, environment, expected) => expect(proxy(url, environment)).toBe(expected));

test.each([
  ['socks5://p.example', 'HTTPS_PROXY names a proxy of the kind socks5'],
  ['http://', 'HTTPS_PROXY is not an address'],
  ['http://me:secret@ p', 'HTTPS_PROXY is not an address'],
])('HTTPS_PROXY=%s is refused', (value, why) => {
  expect(() => proxy('https://r.example/', { HTTPS_PROXY: value })).toThrow(why);
});

test.each([
  ['https://r.example/', '*', true],
  ['https://r.example/', 'other.example, r.example', true],
  ['https://R.example./', 'R.EXAMPLE', true],
  ['https://a.r.example/', 'r.example', true],
  ['https://ar.example/', 'r.example', false],
  ['https://a.r.example/', '.r.example', true],
  ['https://a.r.example/', '*.r.example', true],
  ['https://r.example/', '.r.example', false],
  ['https://r.example/', 'r.example:443', true],
  ['https://r.example/', 'r.example:80', false],
  ['http://r.example/', 'r.example:80', true],
  ['https://r.example:5000/', 'r.example:5000', true],
  ['https://r.example:5000/', 'r.example', true],
  ['https://192.0.2.7/', '192.0.2.7', true],
  ['https://192.0.2.7/', '192.0.2.0/24', true],
  ['https://192.0.3.7/', '192.0.2.0/24', false],
  ['https://192.0.2.7/', '192.0.2.0/99', false],
  ['https://192.0.2.7:5000/', '192.0.2.7:5000', true],
  ['https://[2001:db8::1]/', '2001:db8::1', true],
  ['https://[2001:db8::1]/', '[2001:db8::1]:443', true],
  ['https://[2001:db8::1]/', '2001:db8::/32', true],
  ['https://[2001:db8::1]/', '192.0.2.0/24', false],
  ['https://r.example/', '', false],
  ['https://r.example/', ' , ,', false],
])('%s with NO_PROXY=%s goes without: %s', (url, list, expected) => {
  expect(isExcepted(new URL(url), list)).toBe(expected);
});

import { expect, test } from 'vitest';
import { endpointsOf } from './endpoint.ts';

test.each([
  ['docker.io', 'https://registry-1.docker.io'],
  ['registry.example:5000', 'https://registry.example:5000'],
  ['127.0.0.1:5000', 'http://127.0.0.1:5000'],
  ['127.9.8.7', 'http://127.9.8.7'],
  ['localhost:5000', 'http://localhost:5000'],
  ['[::1]:5000', 'http://[::1]:5000'],
  ['127.0.0.1.example', 'https://127.0.0.1.example'],
  ['localhost.example', 'https://localhost.example'],
  ['10.0.0.1:5000', 'https://10.0.0.1:5000'],
])('%s is reached at %s unless told otherwise', (domain, origin) => {
  expect(endpointsOf(domain, new Map())).toEqual([
    { origin, name: domain, isMirror: false, title: `the registry ${domain}` },
  ]);
});

test.each([
  ['registry.example', true, 'http://registry.example'],
  ['127.0.0.1:5000', false, 'https://127.0.0.1:5000'],
])('%s with plainHttp %s is reached at %s', (domain, plainHttp, origin) => {
  expect(endpointsOf(domain, new Map([[domain, { mirrors: [], plainHttp }]]))[0]!.origin).toBe(origin);
});

test('a registry may be called as a property of every object is', () => {
  expect(endpointsOf('toString', new Map())[0]!.origin).toBe('https://tostring');
});

test.each(['256.1.1.1', 'a.1', '127.0.0.1:99999', 'registry.example:65536', '[1:2]'])('%s is no address', (domain) => {
  expect(() => endpointsOf(domain, new Map())).toThrow(
    expect.objectContaining({ code: 'usage', message: `"${domain}" cannot be the address of a registry` }),
  );
});

test('mirrors come before the registry, in their order, under names of their own', () => {
  const mirrors = ['http://127.0.0.1:5000', 'https://mirror.example'];
  expect(endpointsOf('docker.io', new Map([['docker.io', { mirrors }]]))).toEqual([
    { origin: 'http://127.0.0.1:5000', name: '127.0.0.1:5000', isMirror: true, title: 'the mirror 127.0.0.1:5000' },
    { origin: 'https://mirror.example', name: 'mirror.example', isMirror: true, title: 'the mirror mirror.example' },
    { origin: 'https://registry-1.docker.io', name: 'docker.io', isMirror: false, title: 'the registry docker.io' },
  ]);
});

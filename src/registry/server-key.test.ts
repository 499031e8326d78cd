import { expect, test } from 'vitest';
import { hubKey, serverKeys } from './server-key.ts';

test.each(['', 'docker.io', 'index.docker.io', 'registry-1.docker.io', hubKey, 'https://docker.io'])(
  '%j is Docker Hub, kept under its old address',
  (server) => {
    expect(serverKeys(server)).toMatchObject({ registry: 'docker.io', key: hubKey });
    expect(serverKeys(server).keys[0]).toBe(hubKey);
  },
);

test.each([
  ['r.example', 'r.example'],
  ['https://r.example', 'r.example'],
  ['http://r.example/', 'r.example'],
  ['https://r.example:5000/v1/', 'r.example:5000'],
  ['r.example/team/app', 'r.example'],
  ['localhost:5000', 'localhost:5000'],
  ['[::1]:5000', '[::1]:5000'],
])('%s is the registry %s', (server, registry) => {
  expect(serverKeys(server)).toEqual({ registry, key: registry, keys: [registry] });
});

test.each([
  'https://',
  'a b',
  'me@r.example',
  'me:sesame@r.example',
  'ftp://r.example',
  '-r.example',
  'r.example\n',
  '/',
])('%j is no registry', (server) => {
  expect(() => serverKeys(server)).toThrow(expect.objectContaining({ code: 'usage' }));
});

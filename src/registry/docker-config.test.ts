import { expect, test } from 'vitest';
import type { Credentials } from './credentials.ts';
import {
  credentialsIn,
  helperFor,
  matchingKeys,
  parseDockerConfig,
  withEntry,
  withoutEntries,
} from './docker-config.ts';
import { hubKey, serverKeys } from './server-key.ts';

const parse = (value: unknown) => parseDockerConfig(JSON.stringify(value), 'config.json');
const base64 = (text: string) => Buffer.from(text).toString('base64');
const sesame: Credentials = { username: 'me', password: 'sesame' };
const entry = { auth: base64('me:sesame') };
const lookUp = (value: unknown, registry: string) => credentialsIn(parse(value), serverKeys(registry).keys);

test.each([
  ['its name', { 'r.example': entry }, 'r.example'],
  ['its name and a port', { 'r.example:5000': entry }, 'r.example:5000'],
  ['https://', { 'https://r.example': entry }, 'r.example'],
  ['http:// and a path', { 'http://r.example/v1/': entry }, 'r.example'],
  ['an old path', { 'r.example/v2/': entry }, 'r.example'],
  ['Docker Hub’s address', { [hubKey]: entry }, 'docker.io'],
  ['Docker Hub’s name, as podman has it', { 'docker.io': entry }, 'docker.io'],
])('credentials are found under %s', (_, auths, registry) => {
  expect(lookUp({ auths }, registry)).toEqual(sesame);
});

test.each([
  ['another host', { 's.example': entry }],
  ['another port', { 'r.example:5000': entry }],
  ['a longer name', { 'r.example.evil': entry, 'xr.example': entry }],
  ['the name of some of its repositories', { 'r.example/team': entry }],
  ['what Docker leaves for a helper', { 'r.example': {} }],
])('those of %s are not taken', (_, auths) => {
  expect(lookUp({ auths }, 'r.example')).toBeUndefined();
});

test.each([
  ['the exact key wins', { 'https://r.example': { auth: base64('old:one') }, 'r.example': entry }, sesame],
  ['a colon in the password stays', { 'r.example': { auth: base64('me:a:b') } }, { username: 'me', password: 'a:b' }],
  ['zeros at the end go', { 'r.example': { auth: base64('me:sesame\0\0') } }, sesame],
  ['name and password may stand apart', { 'r.example': sesame }, sesame],
  [
    'an identity token is kept beside the name',
    { 'r.example': { auth: base64('me:'), identitytoken: 't' } },
    { username: 'me', password: '', identityToken: 't' },
  ],
  [
    'an identity token needs no name',
    { 'r.example': { identitytoken: 't' } },
    { username: '', password: '', identityToken: 't' },
  ],
])('%s', (_, auths, expected) => {
  expect(lookUp({ auths }, 'r.example')).toEqual(expected);
});

test.each([
  ['no base64', { auth: '%%%' }, 'is not base64 of a name, a colon and a password'],
  ['no colon', { auth: base64('sesame') }, 'is not base64 of a name, a colon and a password'],
  ['a number', { auth: 5 }, 'has a field that is not a string'],
  ['a list', [], 'is not an object'],
  ['a line break', { auth: base64('me:ses\r\name') }, 'control character, such as a line break, in its password'],
])('an entry with %s is refused when it is wanted, and only then', (_, broken, why) => {
  const auths = { 'r.example': broken, 's.example': entry };
  expect(lookUp({ auths }, 's.example')).toEqual(sesame);
  const message = expect.stringMatching(new RegExp(`^config.json: the entry for r.example .*${why}`));
  expect(() => lookUp({ auths }, 'r.example')).toThrow(expect.objectContaining({ code: 'usage', message }));
});

test.each([
  ['{"auths": sesame', 'it is not JSON'],
  ['[]', 'it is not an object'],
  ['{"auths":[]}', 'auths is not an object'],
  ['{"credsStore":{}}', 'credsStore is not a name'],
  ['{"credHelpers":{"a":1}}', 'credHelpers does not give names'],
])('the file %s is refused without being quoted', (text, why) => {
  const expected = { code: 'usage', message: `config.json: ${why}` };
  expect(() => parseDockerConfig(text, 'config.json')).toThrow(expect.objectContaining(expected));
});

test('an empty file is one without entries', () => {
  expect(parseDockerConfig('\n', 'config.json').fields).toEqual({});
});

const helpers = { credsStore: 'all', credHelpers: { 'r.example': 'one', 's.example': '', 'docker.io': 'hub' } };
test.each([
  ['r.example', { program: 'docker-credential-one', key: 'r.example' }],
  ['t.example', { program: 'docker-credential-all', key: 't.example' }],
  ['docker.io', { program: 'docker-credential-hub', key: hubKey }],
  ['s.example', undefined],
])('the helper for %s', (registry, expected) => {
  expect(helperFor(parse(helpers), serverKeys(registry).keys)).toEqual(expected);
});

test.each(['../evil', '/bin/sh', 'a b', '-x', 'x\0'])('%j is no name of a helper', (credsStore) => {
  expect(() => helperFor(parse({ credsStore }), ['r.example'])).toThrow(/is not the name of a credential helper/);
});

test('a login changes its own entry and keeps everything else', () => {
  const before = { psFormat: 'x', auths: { 'r.example': { auth: 'b2xkOm9uZQ==', email: 'e' }, 's.example': entry } };
  expect(withEntry(parse(before), 'r.example', sesame)).toEqual({
    psFormat: 'x',
    auths: { 'r.example': { auth: entry.auth, email: 'e' }, 's.example': entry },
  });
});

test('an identity token is kept in place of the password, and nothing where a helper has it', () => {
  const token = { ...sesame, identityToken: 't' };
  expect(withEntry(parse({}), 'r.example', token)).toEqual({
    auths: { 'r.example': { auth: base64('me:'), identitytoken: 't' } },
  });
  expect(withEntry(parse({ auths: { 'r.example': entry } }), 'r.example', undefined)).toEqual({
    auths: { 'r.example': {} },
  });
});

test('a logout takes every key of the registry and no other', () => {
  const config = parse({ x: 1, auths: { 'r.example': entry, 'https://r.example/v1/': entry, 's.example': entry } });
  const keys = matchingKeys(config, ['r.example']);
  expect(keys).toEqual(['r.example', 'https://r.example/v1/']);
  expect(withoutEntries(config, keys)).toEqual({ x: 1, auths: { 's.example': entry } });
});

test('a key that is a name of JavaScript’s own is a key like others', () => {
  const config = parseDockerConfig('{"auths":{"__proto__":{"auth":"bWU6c2VzYW1l"}}}', 'config.json');
  expect(credentialsIn(config, ['constructor'])).toBeUndefined();
  expect(JSON.stringify(withEntry(config, 'r.example', undefined))).toContain('"__proto__":{"auth"');
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mergeConfiguration, parseConfiguration, readConfiguration } from './configuration.ts';

const parse = (value: unknown) =>
  parseConfiguration(typeof value === 'string' ? value : JSON.stringify(value), 'r.json');

test('a whole file is read', () => {
  const configuration = parse({
    registries: {
      'docker.io': { mirrors: ['http://127.0.0.1:5000', 'https://mirror.example/'], plainHttp: false },
      '[::1]:5000': { plainHttp: true },
      'registry.example': {},
    },
  });
  expect([...configuration]).toEqual([
    ['docker.io', { mirrors: ['http://127.0.0.1:5000', 'https://mirror.example'], plainHttp: false }],
    ['[::1]:5000', { mirrors: [], plainHttp: true }],
    ['registry.example', { mirrors: [] }],
  ]);
});

test.each(['{}', '{"registries":{}}'])('%s configures nothing', (text) => {
  expect(parse(text).size).toBe(0);
});

const mirror = (text: unknown) => ({ registries: { 'docker.io': { mirrors: [text] } } });

test.each([
  ['{', 'r.json: it is not JSON'],
  ['[]', 'r.json: the file is not an object'],
  ['null', 'r.json: the file is not an object'],
  ['{"registry":{}}', 'r.json: the file has the unknown field "registry"'],
  ['{"registries":[]}', 'r.json: registries is not an object'],
  ['{"registries":{"a/b":{}}}', 'r.json: "a/b" is not the name of a registry'],
  ['{"registries":{"https://a.example":{}}}', 'r.json: "https://a.example" is not the name of a registry'],
  ['{"registries":{"__proto__":{}}}', 'r.json: "__proto__" is not the name of a registry'],
  ['{"registries":{"docker.io":null}}', 'r.json: docker.io is not an object'],
  ['{"registries":{"docker.io":{"mirror":[]}}}', 'r.json: docker.io has the unknown field "mirror"'],
  ['{"registries":{"docker.io":{"mirrors":"x"}}}', 'r.json: mirrors of docker.io is not a list'],
  ['{"registries":{"docker.io":{"plainHttp":"no"}}}', 'r.json: plainHttp of docker.io is not true or false'],
  [mirror(5), 'r.json: a mirror of docker.io is not a URL'],
  [mirror('mirror.example'), 'r.json: a mirror of docker.io is not a URL'],
  [mirror('mirror.example:5000'), 'r.json: a mirror of docker.io is neither http nor https'],
  [mirror('ftp://mirror.example'), 'r.json: a mirror of docker.io is neither http nor https'],
  [mirror('https://me:sesame@mirror.example'), 'r.json: a mirror of docker.io has a user or a password in it'],
  [mirror('https://mirror.example/v2'), 'r.json: a mirror of docker.io is more than https://mirror.example'],
  [mirror('https://mirror.example?x'), 'r.json: a mirror of docker.io is more than https://mirror.example'],
])('%j is refused: %s', (value, message) => {
  expect(() => parse(value)).toThrow(expect.objectContaining({ code: 'usage', message }));
});

test('flags go before the file, and change nothing else of it', () => {
  const file = parse({ registries: { 'docker.io': { mirrors: ['https://file.example'], plainHttp: false } } });
  const merged = mergeConfiguration(file, {
    mirrors: { 'docker.io': ['https://flag.example', 'https://file.example'] },
    plainHttp: ['registry.example:5000'],
  });
  expect([...merged]).toEqual([
    ['docker.io', { mirrors: ['https://flag.example', 'https://file.example'], plainHttp: false }],
    ['registry.example:5000', { mirrors: [], plainHttp: true }],
  ]);
  expect(file.size).toBe(1);
});

test.each([
  [{ plainHttp: ['http://x'] }, '"http://x" is not the name of a registry'],
  [{ mirrors: { 'docker.io': ['x'] } }, 'a mirror of docker.io is not a URL'],
])('the flags %j are refused', (flags, message) => {
  expect(() => mergeConfiguration(new Map(), flags)).toThrow(expect.objectContaining({ code: 'usage', message }));
});

test('the file that the environment names is read, and must be there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsdocker-configuration-'));
  const path = join(folder, 'r.json');
  try {
    expect(() => readConfiguration({}, { TSDOCKER_REGISTRIES: path })).toThrow(
      expect.objectContaining({ code: 'usage', message: `the registry configuration ${path} cannot be read: ENOENT` }),
    );
    writeFileSync(path, '{"registries":{"a.example":{"plainHttp":true}}}');
    expect(readConfiguration({}, { TSDOCKER_REGISTRIES: path }).get('a.example')).toEqual({
      mirrors: [],
      plainHttp: true,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

import { expect, test } from 'vitest';
import { registryOptions } from './registry-flags.ts';

const options = (mirror: readonly string[], plainHttp: readonly string[] = []) =>
  registryOptions({
    switches: new Map(),
    values: new Map(),
    lists: new Map([
      ['mirror', mirror],
      ['plain-http', plainHttp],
    ]),
    operands: [],
  });

test('mirrors are kept by registry, in the order in which they are given', () => {
  expect(
    options(
      ['docker.io=https://one.example', 'localhost:5000=http://two.example/v2', 'docker.io=http://three.example:80'],
      ['localhost:5000'],
    ),
  ).toEqual({
    plainHttp: ['localhost:5000'],
    mirrors: {
      'docker.io': ['https://one.example', 'http://three.example:80'],
      'localhost:5000': ['http://two.example/v2'],
    },
  });
});

test.each([
  '',
  'docker.io',
  'https://one.example',
  '=https://one.example',
  'docker.io=one.example',
  'docker.io=ftp://x',
  'docker.io=https://',
])('the mirror %j is refused', (value) => {
  expect(() => options([value])).toThrow(`the value ${JSON.stringify(value)} of --mirror is not a mirror`);
});

import { expect, test } from 'vitest';
import { parseChallenges } from './challenge.ts';

const hub =
  'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/alpine:pull"';

test.each([
  [
    hub,
    [
      [
        'bearer',
        {
          realm: 'https://auth.docker.io/token',
          service: 'registry.docker.io',
          scope: 'repository:library/alpine:pull',
        },
      ],
    ],
  ],
  ['Basic realm="a registry"', [['basic', { realm: 'a registry' }]]],
  ['BASIC Realm=plain', [['basic', { realm: 'plain' }]]],
  ['Basic', [['basic', {}]]],
  [
    'Bearer realm="a", scope="x:y:pull,push" , Basic realm="b"',
    [
      ['bearer', { realm: 'a', scope: 'x:y:pull,push' }],
      ['basic', { realm: 'b' }],
    ],
  ],
  [
    'Negotiate, Basic realm="b"',
    [
      ['negotiate', {}],
      ['basic', { realm: 'b' }],
    ],
  ],
  [
    'Negotiate TlRMTVNTUAAB==, Basic realm="b"',
    [
      ['negotiate', {}],
      ['basic', { realm: 'b' }],
    ],
  ],
  ['Bearer realm = "a" ,, service=b', [['bearer', { realm: 'a', service: 'b' }]]],
  [String.raw`Bearer realm="a \"quoted\" \\ word"`, [['bearer', { realm: String.raw`a "quoted" \ word` }]]],
  ['Bearer realm="first",realm="second"', [['bearer', { realm: 'first' }]]],
  ['Bearer __proto__="x"', [['bearer', JSON.parse('{"__proto__":"x"}')]]],
  ['Bearer realm="never closed', [['bearer', {}]]],
  ['realm="no scheme"', []],
  ['', []],
  [', ,', []],
])('the header %s is read as its challenges', (header, expected) => {
  const found = parseChallenges(header).map(({ scheme, parameters }) => [scheme, { ...parameters }]);
  expect(found).toEqual(expected.map(([scheme, parameters]) => [scheme, { ...(parameters as object) }]));
});

test('a header of nothing but blanks, or of backslashes, is read in no time', () => {
  expect(parseChallenges(' '.repeat(1_000_000))).toEqual([]);
  expect(parseChallenges(`Bearer realm="${'\\'.repeat(1_000_000)}`)).toEqual([{ scheme: 'bearer', parameters: {} }]);
});

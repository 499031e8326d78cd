import { describe, expect, test } from 'vitest';
import { NFPROTO_INET, NFPROTO_IPV4, NFPROTO_IPV6 } from '../nftables/constants.ts';
import type { FoundChain, FoundRule } from '../nftables/read.ts';
import { adviseOn, dropsTheRest, isIptables, isOurs, onTheirWay, placeFor, speaksOfOurs } from './obstacles.ts';

const chain = (fields: Partial<FoundChain> = {}): FoundChain => ({
  table: { family: NFPROTO_IPV4, name: 'filter' },
  name: 'FORWARD',
  hook: 2,
  type: 'filter',
  policy: 'accept',
  uses: 0,
  ...fields,
});
const data = (words = ''): Uint8Array => new TextEncoder().encode(words);
const rule = (...expressions: readonly (readonly [string, string?])[]): FoundRule => ({
  handle: 1n,
  expressions: expressions.map(([name, words]) => ({ name, data: data(words) })),
});
const own = { family: NFPROTO_INET, name: 'tsdocker' };

test.each([
  ['a chain on the forward hook', {}, true],
  ['of IPv6', { table: { family: NFPROTO_IPV6, name: 'filter' } }, true],
  ['one on another hook', { hook: 1 }, false],
  ['one that is only jumped to', { hook: undefined }, false],
  ['one for translations', { type: 'nat' }, false],
  ['one of ours', { table: own }, false],
  ['one of a bridge', { table: { family: 7, name: 'filter' } }, false],
])('%s', (_, fields, expected) => {
  expect(onTheirWay([chain(fields)], own)).toHaveLength(expected ? 1 : 0);
});

describe('what matches no rule is dropped', () => {
  test.each<[string, Partial<FoundChain>, FoundRule[], boolean]>([
    ['by the policy', { policy: 'drop' }, [], true],
    ['by a last rule that rejects', {}, [rule(['reject'])], true],
    ['by a last rule that counts and rejects, as iptables has it', {}, [rule(['counter'], ['target', 'REJECT'])], true],
    ['not where there are no rules', {}, [], false],
    ['not by another target', {}, [rule(['counter'], ['target', 'LOG'])], false],
    ['not by a last rule with a condition', {}, [rule(['meta'], ['cmp'], ['reject'])], false],
    ['not by a rule before the last', {}, [rule(['reject']), rule(['meta'], ['cmp'])], false],
    ['not by a rule that only counts', {}, [rule(['counter'])], false],
  ])('%s', (_, fields, rules, expected) => {
    expect(dropsTheRest(chain(fields), rules)).toBe(expected);
  });
});

test('rules of ours are known by their comment, wherever it stands', () => {
  expect(isOurs({ ...rule(['meta']), comment: 'tsdocker' })).toBe(true);
  expect(isOurs(rule(['meta'], ['match', 'comment\0tsdocker\0\0']))).toBe(true);
  expect(isOurs({ ...rule(['meta']), comment: 'not of tsdocker' })).toBe(false);
  expect(isOurs(rule(['meta'], ['match', 'comment\0tsdocker-like\0']))).toBe(false);
});

test('an administrator who speaks of our interfaces has made room', () => {
  expect(speaksOfOurs([rule(['meta'], ['cmp', 'eth0']), rule(['meta'], ['cmp', 'tsd'])])).toBe(true);
  expect(speaksOfOurs([rule(['meta'], ['cmp', 'eth0'])])).toBe(false);
});

test('rules go to DOCKER-USER where the same table has it', () => {
  const user = chain({ name: 'DOCKER-USER', hook: undefined });
  expect(placeFor(chain(), [chain(), user])).toBe('DOCKER-USER');
  expect(placeFor(chain({ table: { family: NFPROTO_IPV6, name: 'filter' } }), [chain(), user])).toBe('FORWARD');
});

test('only chain FORWARD of a table filter that is not inet is iptables’', () => {
  expect(isIptables(chain())).toBe(true);
  expect(isIptables(chain({ table: { family: NFPROTO_INET, name: 'filter' } }))).toBe(false);
  expect(isIptables(chain({ name: 'forward' }))).toBe(false);
});

test('advice is one line', () => {
  for (const name of ['filter', 'firewalld']) {
    const { line } = adviseOn(chain({ table: { family: NFPROTO_INET, name }, name: 'forward' }));
    expect(line).toMatch(/^[^\n]+: [^\n]+tsd[^\n]+$/);
  }
});

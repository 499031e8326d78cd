import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { encodeMessages } from '../netlink/message.ts';
import { administrator, chains, sets, version } from './rules.ts';
import { compileRuleset } from './ruleset.ts';

test('the version counts the changes of the rules', () => {
  const hash = createHash('sha256').update(encodeMessages(compileRuleset(), 1)).digest('hex').slice(0, 16);
  // Where this fails the rules have changed: give rules.ts the next version, so that kernels with the last one get them, and note it here.
  expect({ version, hash }).toEqual({ version: 1, hash: '23e4435df6e3c1c3' });
});

test('names are single', () => {
  const names = [...sets, ...chains, administrator].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test('every packet of a container passes the administrator’s chain before anything else is decided', () => {
  const firstRule = (name: string): string => JSON.stringify(chains.find((chain) => chain.name === name)!.rules[0]);
  const jump = JSON.stringify(chains.find(({ name }) => name === 'relayed')!.rules[1]);
  expect(firstRule('containers')).toBe(jump);
});

import { expect, test } from 'vitest';
import { parseRestart } from './restart.ts';

test.each([
  ['no', { name: 'no', maximum: 0 }],
  ['always', { name: 'always', maximum: 0 }],
  ['unless-stopped', { name: 'unless-stopped', maximum: 0 }],
  ['on-failure', { name: 'on-failure', maximum: 0 }],
  ['on-failure:3', { name: 'on-failure', maximum: 3 }],
  ['on-failure:0', { name: 'on-failure', maximum: 0 }],
])('%s', (text, policy) => {
  expect(parseRestart(text)).toEqual(policy);
});

test.each([
  ['never', 'is not one of no, on-failure, always, unless-stopped'],
  ['Always', 'is not one of'],
  ['always:3', 'has a number of times'],
  ['on-failure:', 'has no number of times'],
  ['on-failure:-1', 'has no number of times'],
  ['on-failure:1:2', 'has no number of times'],
])('%s is refused', (text, message) => {
  expect(() => parseRestart(text)).toThrow(message);
});

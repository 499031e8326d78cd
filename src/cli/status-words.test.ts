import { expect, test } from 'vitest';
import type { BundleState } from '../store/bundles.ts';
import { stateWord, statusWords } from './status-words.ts';

const now = 1_000_000;
const up = { pid: 7, startedAt: now - 300_000, restarts: 0 };
const over = { exitCode: 3, oomKilled: false, startedAt: 0, finishedAt: now - 3000, restarts: 1 };

test.each<[string, BundleState]>([
  ['Up 5 minutes', { status: 'running', ...up }],
  ['Up 5 minutes (Paused)', { status: 'paused', ...up }],
  ['Restarting (3) 3 seconds ago', { status: 'restarting', ...over }],
  ['Exited (3) 3 seconds ago', { status: 'exited', ...over }],
  ['Created', { status: 'created' }],
  ['Created', { status: 'creating' }],
  ['Dead', { status: 'dead', wasRunning: true }],
])('%s', (words, state) => {
  expect(statusWords(state, undefined, now)).toBe(words);
});

test('a container that runs says how it is', () => {
  const state = { status: 'running', ...up } as const;
  expect(statusWords(state, 'starting', now)).toBe('Up 5 minutes (health: starting)');
  expect(statusWords(state, 'healthy', now)).toBe('Up 5 minutes (healthy)');
  expect(statusWords(state, 'unhealthy', now)).toBe('Up 5 minutes (unhealthy)');
  expect(statusWords({ status: 'paused', ...up }, 'healthy', now)).toBe('Up 5 minutes (Paused)');
});

test('a container that is being made counts as created', () => {
  expect(stateWord({ status: 'creating' })).toBe('created');
  expect(stateWord({ status: 'paused', ...up })).toBe('paused');
});

import { expect, test } from 'vitest';
import type { Resources } from '../spec/types.ts';
import { changedLimits } from './changed-limits.ts';

const writes = (before: Resources, after: Resources) =>
  changedLimits(before, after).map(({ file, value }) => `${file}=${value}`);

test('only what differs is written', () => {
  const before: Resources = { memory: { limit: 64, swap: 128 }, pids: { limit: 10 }, cpu: { shares: 1024 } };
  expect(writes(before, before)).toEqual([]);
  expect(writes(before, { ...before, pids: { limit: 20 } })).toEqual(['pids.max=20']);
  expect(writes(before, { ...before, memory: { limit: 32, swap: 128 } })).toEqual([
    'memory.swap.max=96',
    'memory.max=32',
  ]);
  expect(writes({}, { cpu: { quota: 50_000, period: 100_000 } })).toEqual(['cpu.max=50000 100000']);
});

test('a limit that goes is lifted, to what a new cgroup has', () => {
  const before: Resources = {
    memory: { limit: 64, swap: 128, reservation: 10 },
    pids: { limit: 10 },
    cpu: { shares: 512, quota: 1000, cpus: '0', mems: '0' },
  };
  expect(writes(before, {})).toEqual([
    'memory.swap.max=max',
    'memory.max=max',
    'memory.low=0',
    'cpu.weight=100',
    'cpu.max=max 100000',
    'cpuset.cpus=\n',
    'cpuset.mems=\n',
    'pids.max=max',
  ]);
});

test('no limit of processes is one of its own', () => {
  expect(writes({ pids: { limit: 5 } }, { pids: { limit: -1 } })).toEqual(['pids.max=max']);
});

test('limits that contradict themselves are refused', () => {
  expect(() => changedLimits({}, { memory: { limit: 64, swap: 32 } })).toThrow('the swap limit 32 is below');
});

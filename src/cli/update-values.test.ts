import { expect, test } from 'vitest';
import { plainOptions } from '../spec/plain-options.ts';
import type { RunOptions } from '../spec/run-options.ts';
import { givenAnew } from './update-values.ts';

const options: RunOptions = {
  ...plainOptions,
  image: 'alpine',
  memory: 2 ** 26,
  cpus: 0.5,
  cpusetCpus: '0-1',
  pidsLimit: 10,
  restart: { name: 'on-failure', maximum: 3 },
};
const now = { memory: '67108864', cpus: '0.5', 'cpuset-cpus': '0-1', 'pids-limit': '10', restart: 'on-failure:3' };
const anew = (given: Record<string, string>) => Object.fromEntries(givenAnew(options, new Map(Object.entries(given))));

test('what is not given stays', () => expect(anew({})).toEqual(now));

test('what is given takes its place', () => {
  expect(anew({ memory: '1g', 'memory-swap': '-1', restart: 'no' })).toEqual({
    ...now,
    memory: '1g',
    'memory-swap': '-1',
    restart: 'no',
  });
});

test('no limit and nothing at all are not given, as in Docker; no limit of processes is', () => {
  expect(anew({ memory: '0', cpus: '0', 'memory-swap': '0b', 'cpuset-cpus': '', restart: '' })).toEqual(now);
  expect(anew({ 'pids-limit': '0', 'cpu-quota': '-1' })).toEqual({ ...now, 'pids-limit': '0', 'cpu-quota': '-1' });
});

test('a flag that update does not take is none of its values', () => expect(anew({ 'shm-size': '1g' })).toEqual(now));

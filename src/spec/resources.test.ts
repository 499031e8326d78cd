import { describe, expect, test } from 'vitest';
import { optionsWith } from '../../test/support/run-options.ts';
import { resourcesOf } from './resources.ts';

const mebibyte = 2 ** 20;

describe('the limits of a container', () => {
  const cases: [string, Parameters<typeof optionsWith>[0], object][] = [
    ['are none where none were given', {}, {}],
    [
      'give as much swap as memory',
      { memory: 64 * mebibyte },
      { memory: { limit: 64 * mebibyte, swap: 128 * mebibyte } },
    ],
    [
      'take the sum of memory and swap that was given',
      { memory: 64 * mebibyte, memorySwap: 64 * mebibyte },
      { memory: { limit: 64 * mebibyte, swap: 64 * mebibyte } },
    ],
    ['leave swap alone where it is -1', { memory: 8, memorySwap: -1 }, { memory: { limit: 8, swap: -1 } }],
    ['may be a reservation only', { memoryReservation: 5 }, { memory: { reservation: 5 } }],
    ['count cpus against a tenth of a second', { cpus: 1.5 }, { cpu: { quota: 150_000, period: 100_000 } }],
    ['round to whole microseconds', { cpus: 0.333333 }, { cpu: { quota: 33_333, period: 100_000 } }],
    [
      'take a period and a quota as they are',
      { cpuPeriod: 50_000, cpuQuota: 25_000 },
      { cpu: { quota: 25_000, period: 50_000 } },
    ],
    ['take a quota without a period', { cpuQuota: 25_000 }, { cpu: { quota: 25_000 } }],
    ['may be shares', { cpuShares: 512 }, { cpu: { shares: 512 } }],
    ['may be places', { cpusetCpus: '0-2', cpusetMems: '0' }, { cpu: { cpus: '0-2', mems: '0' } }],
    ['may be of processes', { pidsLimit: 10 }, { pids: { limit: 10 } }],
    ['may be of any number of processes', { pidsLimit: -1 }, { pids: { limit: -1 } }],
  ];
  test.each(cases)('%s', (_, options, expected) => {
    expect(resourcesOf(optionsWith(options), [])).toEqual({ devices: [], ...expected });
  });
});

test('the rules of devices are handed on in their order', () => {
  const rules = [
    { allow: false, access: 'rwm' },
    { allow: true, type: 'c', major: 1, minor: 3, access: 'rw' },
  ] as const;
  expect(resourcesOf(optionsWith({}), rules).devices).toEqual(rules);
});

test.each([
  [{ cpus: 1, cpuPeriod: 50_000 }],
  [{ cpus: 1, cpuQuota: 50_000 }],
  [{ cpus: 1, cpuPeriod: 50_000, cpuQuota: 50_000 }],
])('a number of cpus contradicts a period and a quota: %j', (options) => {
  expect(() => resourcesOf(optionsWith(options), [])).toThrow(expect.objectContaining({ code: 'usage' }));
});

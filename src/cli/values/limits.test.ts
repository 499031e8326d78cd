import { describe, expect, test } from 'vitest';
import { parseMemory, parseTime } from './limits.ts';

const mebibyte = 2 ** 20;
const machine = 1024 * mebibyte;
const given = (values: Readonly<Record<string, string>>) => new Map(Object.entries(values));

describe('parseMemory', () => {
  test.each([
    [{}, {}],
    [{ memory: '6m' }, { memory: 6 * mebibyte }],
    [{ memory: '1g' }, { memory: machine }],
    [{ memory: '0' }, {}],
    [{ 'memory-swap': '-1' }, { memorySwap: -1 }],
    [{ 'memory-swap': '0' }, {}],
    [{ memory: '64m', 'memory-swap': '0' }, { memory: 64 * mebibyte }],
    [
      { memory: '64m', 'memory-swap': '64m' },
      { memory: 64 * mebibyte, memorySwap: 64 * mebibyte },
    ],
    [
      { memory: '64m', 'memory-swap': '4g' },
      { memory: 64 * mebibyte, memorySwap: 4096 * mebibyte },
    ],
    [{ 'memory-reservation': '32m' }, { memoryReservation: 32 * mebibyte }],
    [{ 'memory-reservation': '0' }, {}],
    [
      { memory: '64m', 'memory-reservation': '64m' },
      { memory: 64 * mebibyte, memoryReservation: 64 * mebibyte },
    ],
  ])('takes %j', (values, expected) => {
    expect(parseMemory(given(values as Record<string, string>), machine)).toEqual(expected);
  });

  test.each([
    [{ memory: '6291455' }, 'of --memory is too small'],
    [{ memory: '1025m' }, 'of --memory is more than this machine has'],
    [{ memory: 'lots' }, 'of --memory is not a size'],
    [{ 'memory-swap': '1g' }, '--memory-swap needs --memory'],
    [{ memory: '0', 'memory-swap': '1g' }, '--memory-swap needs --memory'],
    [{ 'memory-swap': '-2' }, 'of --memory-swap is not a size'],
    [{ memory: '64m', 'memory-swap': '63m' }, 'of --memory-swap is less than --memory'],
    [{ 'memory-reservation': '5m' }, 'of --memory-reservation is too small'],
    [{ memory: '64m', 'memory-reservation': '65m' }, 'of --memory-reservation is more than --memory'],
  ])('refuses %j', (values, message) => {
    expect(() => parseMemory(given(values as Record<string, string>), machine)).toThrow(message);
  });
});

describe('parseTime', () => {
  test.each([
    [{}, {}],
    [
      { 'cpu-period': '50000', 'cpu-quota': '25000' },
      { cpuPeriod: 50_000, cpuQuota: 25_000 },
    ],
    [{ 'cpu-quota': '-1' }, {}],
    [{ cpus: '1', 'cpu-period': '0', 'cpu-quota': '0' }, {}],
    [{ cpus: '0', 'cpu-quota': '1000' }, { cpuQuota: 1000 }],
  ])('takes %j', (values, expected) => {
    expect(parseTime(given(values as Record<string, string>))).toEqual(expected);
  });

  test.each([
    [{ 'cpu-period': '999' }, 'of --cpu-period is not from 1000 to 1000000'],
    [{ 'cpu-period': '1000001' }, 'of --cpu-period is not from 1000 to 1000000'],
    [{ 'cpu-quota': '999' }, 'of --cpu-quota is not from 1000'],
    [{ cpus: '1', 'cpu-quota': '1000' }, '--cpus cannot be combined with --cpu-period and --cpu-quota'],
    [{ cpus: '1', 'cpu-period': '1000' }, '--cpus cannot be combined with --cpu-period and --cpu-quota'],
  ])('refuses %j', (values, message) => {
    expect(() => parseTime(given(values as Record<string, string>))).toThrow(message);
  });
});

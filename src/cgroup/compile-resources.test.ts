import { expect, test } from 'vitest';
import { TsdockerError } from '../error.ts';
import type { Resources } from '../spec/types.ts';
import { compileResources } from './compile-resources.ts';

const writes = (resources: Resources): string[] =>
  compileResources(resources).map(({ controller, file, value }) => `${controller}: ${file} = ${value}`);

const device = { major: 8, minor: 16 };

const table: readonly (readonly [string, Resources, readonly string[]])[] = [
  ['nothing', {}, []],
  ['device rules alone', { devices: [{ allow: false, access: 'rwm' }] }, []],
  ['memory', { memory: { limit: 64 << 20 } }, ['memory: memory.max = 67108864']],
  ['memory above 32 bits', { memory: { limit: 8 * 2 ** 30 } }, ['memory: memory.max = 8589934592']],
  [
    'swap, which is memory and swap together',
    { memory: { limit: 100, swap: 250 } },
    ['memory: memory.swap.max = 150', 'memory: memory.max = 100'],
  ],
  ['no swap', { memory: { limit: 100, swap: 100 } }, ['memory: memory.swap.max = 0', 'memory: memory.max = 100']],
  [
    'all the swap there is',
    { memory: { limit: 100, swap: -1 } },
    ['memory: memory.swap.max = max', 'memory: memory.max = 100'],
  ],
  ['all memory', { memory: { limit: -1 } }, ['memory: memory.swap.max = max', 'memory: memory.max = max']],
  [
    'all memory and some swap',
    { memory: { limit: -1, swap: 70 } },
    ['memory: memory.swap.max = 70', 'memory: memory.max = max'],
  ],
  ['0 for memory, which is not set', { memory: { limit: 0, swap: 0, reservation: 0 } }, []],
  ['a reservation', { memory: { reservation: 4096 } }, ['memory: memory.low = 4096']],
  ['cpu shares', { cpu: { shares: 2048 } }, ['cpu: cpu.weight = 174']],
  ['a quota with the usual period', { cpu: { quota: 50_000 } }, ['cpu: cpu.max = 50000 100000']],
  ['a quota and a period', { cpu: { quota: 1500, period: 1000 } }, ['cpu: cpu.max = 1500 1000']],
  ['a period alone', { cpu: { period: 20_000 } }, ['cpu: cpu.max = max 20000']],
  ['no quota', { cpu: { quota: -1 } }, ['cpu: cpu.max = max 100000']],
  [
    'processors and memory nodes',
    { cpu: { cpus: '0-1,3', mems: '0' } },
    ['cpuset: cpuset.cpus = 0-1,3', 'cpuset: cpuset.mems = 0'],
  ],
  ['a number of processes', { pids: { limit: 20 } }, ['pids: pids.max = 20']],
  ['-1 processes', { pids: { limit: -1 } }, ['pids: pids.max = max']],
  ['0 processes', { pids: { limit: 0 } }, ['pids: pids.max = max']],
  ['a block i/o weight', { blockIO: { weight: 500 } }, ['io: io.bfq.weight = 500']],
  [
    'throttled devices',
    {
      blockIO: {
        throttleReadBpsDevice: [{ ...device, rate: 1024 }],
        throttleWriteBpsDevice: [{ ...device, rate: 2048 }],
        throttleReadIOPSDevice: [{ ...device, rate: 0 }],
        throttleWriteIOPSDevice: [{ major: 253, minor: 0, rate: 9 }],
      },
    },
    [
      'io: io.max = 8:16 rbps=1024',
      'io: io.max = 8:16 wbps=2048',
      'io: io.max = 8:16 riops=max',
      'io: io.max = 253:0 wiops=9',
    ],
  ],
  [
    'unified files, after all others',
    { unified: { 'memory.high': '5000', 'hugetlb.2MB.max': '0', 'cgroup.max.depth': '3' }, pids: { limit: 1 } },
    [
      'pids: pids.max = 1',
      'memory: memory.high = 5000',
      'hugetlb: hugetlb.2MB.max = 0',
      'cgroup: cgroup.max.depth = 3',
    ],
  ],
];

test.each(table)('%s becomes these writes', (_, resources, expected) => {
  expect(writes(resources)).toEqual(expected);
});

test('a block i/o weight falls back to the file of kernels without BFQ', () => {
  expect(compileResources({ blockIO: { weight: 500 } })[0]?.otherwise).toEqual({ file: 'io.weight', value: '4950' });
});

const refused: readonly (readonly [string, Resources, string])[] = [
  ['swap below memory', { memory: { limit: 100, swap: 99 } }, 'the swap limit 99 is below the memory limit 100'],
  ['swap without memory', { memory: { swap: 99 } }, 'the swap limit 99 needs a memory limit beside it'],
  ['a path', { unified: { '../memory.max': '1' } }, '"../memory.max" is no cgroup v2 file that sets a limit'],
  ['a path below', { unified: { 'a/memory.max': '1' } }, '"a/memory.max" is no cgroup v2 file that sets a limit'],
  ['the folder itself', { unified: { '.': '1' } }, '"." is no cgroup v2 file that sets a limit'],
  ['a name without a controller', { unified: { tasks: '1' } }, '"tasks" is no cgroup v2 file that sets a limit'],
  ['a NUL', { unified: { 'memory.max\0': '1' } }, '"memory.max\\u0000" is no cgroup v2 file that sets a limit'],
  [
    'a file that moves processes',
    { unified: { 'cgroup.procs': '1' } },
    '"cgroup.procs" is no cgroup v2 file that sets a limit',
  ],
  ['a file that kills', { unified: { 'cgroup.kill': '1' } }, '"cgroup.kill" is no cgroup v2 file that sets a limit'],
];

test.each(refused)('%s is refused', (_, resources, message) => {
  expect(() => compileResources(resources)).toThrow(message);
  expect(() => compileResources(resources)).toThrow(TsdockerError);
});

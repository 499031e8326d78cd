import { expect, test } from 'vitest';
import type { ContainerStats } from '../engine/stats.ts';
import { binarySize, fieldsOfStats } from './stats-fields.ts';

const id = 'abcdef0123456789'.repeat(4);
const busy: ContainerStats = {
  id,
  name: 'web',
  asked: 'we',
  status: 'running',
  readAt: 0,
  cpuPercent: 150.456,
  memory: 659_456,
  memoryLimit: 67_108_864,
  received: 1500,
  sent: 2_500_000,
  blockRead: 0,
  blockWritten: 4096,
  pids: 3,
};

test('figures are written as Docker writes them', () => {
  expect(fieldsOfStats(busy, false)).toEqual({
    Container: 'we',
    ID: 'abcdef012345',
    Name: 'web',
    CPUPerc: '150.46%',
    MemUsage: '644KiB / 64MiB',
    MemPerc: '0.98%',
    NetIO: '1.5kB / 2.5MB',
    BlockIO: '0B / 4.1kB',
    PIDs: '3',
  });
});

test('ids stay whole where that is wanted', () => {
  expect(fieldsOfStats({ ...busy, asked: id }, true)).toMatchObject({ ID: id, Container: id });
  expect(fieldsOfStats({ ...busy, asked: id }, false)).toMatchObject({ Container: 'abcdef012345' });
});

const bare: ContainerStats = { id, name: 'web', asked: id, status: 'running', readAt: 0 };

test('what the kernel does not count is not made up', () => {
  expect(fieldsOfStats(bare, false)).toMatchObject({
    CPUPerc: '--',
    MemUsage: '-- / --',
    MemPerc: '--',
    NetIO: '-- / --',
    BlockIO: '-- / --',
    PIDs: '--',
  });
});

test('a container that does not run uses nothing', () => {
  expect(fieldsOfStats({ ...bare, status: 'exited' }, false)).toMatchObject({
    CPUPerc: '0.00%',
    MemUsage: '0B / 0B',
    MemPerc: '0.00%',
    NetIO: '0B / 0B',
    BlockIO: '0B / 0B',
    PIDs: '0',
  });
});

test.each([
  [0, '0B'],
  [1023, '1023B'],
  [1024, '1KiB'],
  [25_275_000_000, '23.54GiB'],
  [1_048_575, '1024KiB'],
  [2 ** 60, '1024PiB'],
])('%d bytes of memory are %s', (bytes, text) => expect(binarySize(bytes)).toBe(text));

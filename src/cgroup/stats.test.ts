import { expect, test } from 'vitest';
import { parseCgroupStats, readCgroupStats } from './stats.ts';

const files: Record<string, string> = {
  'cpu.stat': 'usage_usec 12345\nuser_usec 12000\nsystem_usec 345\n',
  'memory.current': '1000000\n',
  'memory.stat': 'anon 5\nfile 700000\ninactive_file 400000\nactive_file 300000\n',
  'memory.max': '67108864\n',
  'io.stat': '8:0 rbytes=100 wbytes=20 rios=1 wios=2 dbytes=7 dios=0\n259:3 rbytes=1 wbytes=2 rios=0 wios=0\n7:0 \n',
  'pids.current': '3\n',
};
const parse = (changes: Record<string, string | undefined> = {}) =>
  parseCgroupStats((name) => ({ ...files, ...changes })[name]);

test('the files of a cgroup are what it uses', () => {
  expect(parse()).toEqual({
    cpuTime: 12345,
    memory: 600_000,
    memoryLimit: 67_108_864,
    blockRead: 101,
    blockWritten: 22,
    pids: 3,
  });
});

test('no limit of memory is none, and files of a controller that is missing are no figures', () => {
  expect(parse({ 'memory.max': 'max\n' })).not.toHaveProperty('memoryLimit');
  expect(parseCgroupStats(() => undefined)).toEqual({});
});

test('more inactive pages than memory, read a moment later, take nothing away', () => {
  expect(parse({ 'memory.stat': 'inactive_file 1000001\n' }).memory).toBe(1_000_000);
  expect(parse({ 'memory.stat': undefined }).memory).toBe(1_000_000);
});

test('a cgroup that has read nothing yet has an empty file, and figures', () => {
  expect(parse({ 'io.stat': '' })).toMatchObject({ blockRead: 0, blockWritten: 0 });
});

test('a cgroup that is not there has no figures at all', () => {
  expect(readCgroupStats('/sys/fs/cgroup/none/of/this/name')).toBeUndefined();
});

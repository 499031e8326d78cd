import { describe, expect, test } from 'vitest';
import { parseBytes, parseCpuList, parseCpus, parseWhole } from './numbers.ts';

describe('parseBytes agrees with Docker', () => {
  test.each([
    ['1024', 1024],
    ['0', 0],
    ['1b', 1],
    ['1.5', 1],
    ['512m', 512 * 2 ** 20],
    ['512M', 512 * 2 ** 20],
    ['1.5g', 1.5 * 2 ** 30],
    ['.5g', 2 ** 29],
    ['5.m', 5 * 2 ** 20],
    ['64KiB', 65536],
    ['1kb', 1024],
    ['1 kb', 1024],
    ['2t', 2 ** 41],
    ['2p', 2 ** 51],
  ])('on %j, which is %d', (text, bytes) => {
    expect(parseBytes('memory', text)).toBe(bytes);
  });

  test.each(['', '-1', '1x', '1ib', 'm', '.', '1,5g', '1  k', '1k5', '0x10', 'Infinity', 'NaN', '５'])(
    'on %j, which is refused',
    (text) => {
      expect(() => parseBytes('memory', text)).toThrow(`the value ${JSON.stringify(text)} of --memory is not a size`);
    },
  );

  test('and refuses what a number of JavaScript cannot count', () => {
    expect(() => parseBytes('memory', '9999999999p')).toThrow('is more than can be counted');
  });
});

describe('parseWhole', () => {
  test.each([
    ['2', 2],
    ['+7', 7],
    ['-1', -1],
    ['10', 10],
  ])('takes %j', (text, number) => {
    expect(parseWhole('pids-limit', text, -1, 10)).toBe(number);
  });

  test.each(['', '1.5', 'ten', '1e3', ' 1', '0x10', '--1'])('refuses %j', (text) => {
    expect(() => parseWhole('pids-limit', text, -1, 10)).toThrow('is not a whole number');
  });

  test.each(['-2', '11', '99999999999999999999999'])('refuses %j, which is out of range', (text) => {
    expect(() => parseWhole('pids-limit', text, -1, 10)).toThrow('is not from -1 to 10');
  });
});

describe('parseCpus', () => {
  test.each([
    ['0.5', 0.5],
    ['.5', 0.5],
    ['2', 2],
    ['2.', 2],
    ['0.01', 0.01],
    ['0', 0],
  ])('takes %j', (text, cpus) => {
    expect(parseCpus('cpus', text, 2)).toBe(cpus);
  });

  test.each(['', 'x', '-1', '.', '1,5', '1e9', 'Infinity'])('refuses %j', (text) => {
    expect(() => parseCpus('cpus', text, 2)).toThrow('is not a number of cpus');
  });

  test.each(['2.01', '3', '0.001'])('refuses %j, which two cpus cannot give', (text) => {
    expect(() => parseCpus('cpus', text, 2)).toThrow('is not from 0.01 to 2');
  });
});

describe('parseCpuList', () => {
  test.each(['0', '0-3', '0,2', '0-1,3', '3,0-1'])('takes %j', (text) => {
    expect(parseCpuList('cpuset-cpus', text, 4)).toBe(text);
  });

  test.each(['', ',', '0,', '1-0', 'a', '0-', '-1', '0 1', '0-1-2'])('refuses %j', (text) => {
    expect(() => parseCpuList('cpuset-cpus', text, 4)).toThrow('is not a list');
  });

  test.each([
    ['4', 4, 'names 4, and this machine has 0 to 3'],
    ['0-9', 4, 'names 9'],
    ['1', 1, 'names 1, and this machine has 0 only'],
  ])('refuses %j of %d', (text, available, message) => {
    expect(() => parseCpuList('cpuset-cpus', text, available)).toThrow(message);
  });
});

import { expect, test } from 'vitest';
import { parseHealth } from './health.ts';

const parse = (values: Record<string, string>, off = false) => parseHealth(new Map(Object.entries(values)), off);

test('nothing is said where no flag is given, or where they say nothing', () => {
  expect(parse({})).toBeUndefined();
  expect(parse({ 'health-cmd': '', 'health-interval': '0s', 'health-retries': '0' })).toBeUndefined();
});

test('each flag comes out in its field, in milliseconds', () => {
  const values = {
    'health-cmd': 'wget -q localhost || exit 1',
    'health-interval': '10s',
    'health-timeout': '1s',
    'health-start-period': '1m',
    'health-start-interval': '250ms',
    'health-retries': '5',
  };
  expect(parse(values)).toEqual({
    test: ['CMD-SHELL', 'wget -q localhost || exit 1'],
    interval: 10_000,
    timeout: 1000,
    startPeriod: 60_000,
    startInterval: 250,
    retries: 5,
  });
});

test('a time alone leaves the command to the image', () => {
  expect(parse({ 'health-interval': '10s' })).toEqual({ interval: 10_000 });
});

test('--no-healthcheck is alone', () => {
  expect(parse({}, true)).toBe('none');
  expect(() => parse({ 'health-retries': '1' }, true)).toThrow('--no-healthcheck cannot be combined');
});

test('what is no time or count is refused by the name of its flag', () => {
  expect(() => parse({ 'health-timeout': '5' })).toThrow('of --health-timeout is not a length of time');
  expect(() => parse({ 'health-retries': '-1' })).toThrow('of --health-retries is not from 0');
});

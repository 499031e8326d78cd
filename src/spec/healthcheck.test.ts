import { expect, test } from 'vitest';
import { healthcheckOf } from './healthcheck.ts';

const seconds = (count: number) => count * 1e9;

test('where neither the image nor anybody speaks of health, nothing is checked', () => {
  expect(healthcheckOf(undefined, undefined)).toBeUndefined();
  expect(healthcheckOf({ interval: 5 }, undefined)).toBeUndefined();
  expect(healthcheckOf(undefined, {})).toBeUndefined();
});

test('a command alone is run by Docker’s times', () => {
  expect(healthcheckOf({ test: ['CMD-SHELL', 'true'] }, undefined)).toEqual({
    test: ['CMD-SHELL', 'true'],
    interval: 30_000,
    timeout: 30_000,
    startPeriod: 0,
    startInterval: 5_000,
    retries: 3,
  });
});

const image = {
  Test: ['CMD', 'probe', '-v'],
  Interval: seconds(7),
  Timeout: 1,
  StartPeriod: seconds(60),
  StartInterval: 250_000_000,
  Retries: 9,
};

test('the image’s times are nanoseconds, and none becomes 0', () => {
  expect(healthcheckOf(undefined, image)).toEqual({
    test: ['CMD', 'probe', '-v'],
    interval: 7_000,
    timeout: 1,
    startPeriod: 60_000,
    startInterval: 250,
    retries: 9,
  });
});

test('what is asked for replaces parts of the image’s', () => {
  expect(healthcheckOf({ retries: 1, interval: 2 }, image)).toMatchObject({
    test: ['CMD', 'probe', '-v'],
    interval: 2,
    startPeriod: 60_000,
    retries: 1,
  });
  expect(healthcheckOf({ test: ['CMD-SHELL', 'other'] }, image)).toMatchObject({
    test: ['CMD-SHELL', 'other'],
    interval: 7_000,
  });
});

test('--no-healthcheck and the image’s NONE switch it off', () => {
  expect(healthcheckOf('none', image)).toBeUndefined();
  expect(healthcheckOf(undefined, { Test: ['NONE'] })).toBeUndefined();
  expect(healthcheckOf({ interval: 5 }, { Test: ['NONE'] })).toBeUndefined();
  expect(healthcheckOf({ test: ['CMD-SHELL', 'true'] }, { Test: ['NONE'] })).toMatchObject({ interval: 30_000 });
});

test.each([[['CMD']], [['CMD-SHELL']], [['CMD-SHELL', 'a', 'b']], [['cmd', 'a']], [['/bin/true']]])(
  'the image’s form %j checks nothing, as in Docker',
  (Test) => {
    expect(healthcheckOf(undefined, { Test })).toBeUndefined();
  },
);

test('a time that no timer takes is as long as one can be', () => {
  expect(healthcheckOf(undefined, { ...image, Interval: 2 ** 63 })).toMatchObject({ interval: 2 ** 31 - 1 });
});

import { expect, test } from 'vitest';
import { parseHealth } from './health.ts';

test('the shim’s file says how the container is, and how the last probes went', () => {
  const text = JSON.stringify({
    Status: 'unhealthy',
    FailingStreak: 4,
    Log: [{ Start: 1000, End: 2500, ExitCode: 1, Output: 'no' }],
  });
  expect(parseHealth(text)).toEqual({
    status: 'unhealthy',
    failingStreak: 4,
    log: [{ start: 1000, end: 2500, exitCode: 1, output: 'no' }],
  });
  expect(parseHealth('{"Status":"starting"}')).toEqual({ status: 'starting', failingStreak: 0, log: [] });
});

test.each(['', '{"Status":', 'null', '[]', '{}', '{"Status":"great"}'])('%j says nothing', (text) => {
  expect(parseHealth(text)).toBeUndefined();
});

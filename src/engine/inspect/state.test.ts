import { expect, test } from 'vitest';
import type { BundleState } from '../../store/bundles.ts';
import { inspectState } from './state.ts';
import { never } from './times.ts';

const ending = { exitCode: 137, oomKilled: true, startedAt: 1000, finishedAt: 2000, restarts: 2 };
const life = { pid: 7, startedAt: 1000, restarts: 0 };

test.each<[BundleState, Record<string, unknown>]>([
  [{ status: 'created' }, { Status: 'created', Running: false, ExitCode: 0, StartedAt: never, FinishedAt: never }],
  [{ status: 'creating' }, { Status: 'created' }],
  [
    { status: 'created', error: 'no' },
    { Status: 'created', ExitCode: 128, Error: 'no' },
  ],
  [
    { status: 'running', ...life },
    { Status: 'running', Running: true, Paused: false, Pid: 7, StartedAt: '1970-01-01T00:00:01Z', FinishedAt: never },
  ],
  [
    { status: 'paused', ...life },
    { Status: 'paused', Running: true, Paused: true, Pid: 7 },
  ],
  [
    { status: 'restarting', ...ending },
    {
      Status: 'restarting',
      Running: true,
      Restarting: true,
      Pid: 0,
      ExitCode: 137,
      FinishedAt: '1970-01-01T00:00:02Z',
    },
  ],
  [
    { status: 'exited', ...ending, error: 'its shim was killed' },
    { Status: 'exited', Running: false, OOMKilled: true, ExitCode: 137, Error: 'its shim was killed' },
  ],
  [
    { status: 'dead', wasRunning: true },
    { Status: 'dead', Dead: true, Running: false, Pid: 0, StartedAt: never },
  ],
])('%j', (state, fields) => {
  expect(inspectState(state, undefined)).toMatchObject(fields);
});

test('health stands at the end, where something is checked', () => {
  const log = [{ start: 1000, end: 2500, exitCode: 1, output: 'no' }];
  const { Health, ...rest } = inspectState(
    { status: 'running', ...life },
    { status: 'unhealthy', failingStreak: 3, log },
  );
  expect(Health).toEqual({
    Status: 'unhealthy',
    FailingStreak: 3,
    Log: [{ Start: '1970-01-01T00:00:01Z', End: '1970-01-01T00:00:02.5Z', ExitCode: 1, Output: 'no' }],
  });
  expect(inspectState({ status: 'running', ...life }, undefined)).toEqual(rest);
});

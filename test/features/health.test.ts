// Health checks: what a container is said to be, from its start period on, and what its checks wrote.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, inspected, startDetached, stateOf } from '../support/detached.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
beforeAll(() => {
  store = makeStore();
  store.sh('true');
});
afterAll(() => store[Symbol.dispose]());

interface Health {
  readonly Status: string;
  readonly FailingStreak: number;
  readonly Log: readonly {
    readonly Start: string;
    readonly End: string;
    readonly ExitCode: number;
    readonly Output: string;
  }[];
}

const health = (id: string): Health => JSON.parse(inspected(store, id, '{{json .State.Health}}'));
const becomes = (id: string, status: string): Promise<Health> =>
  eventually(`it is ${status}, not ${JSON.stringify(health(id))}`, () => {
    const now = health(id);
    return now.Status === status && now;
  });
const shown = (id: string): string =>
  store.tsdocker('ps', '-a', '--filter', `id=${id}`, '--format', '{{.Status}}').stdout.trim();

/** Healthy while there is a file /well. */
const start = (script: string, ...flags: string[]): string =>
  startDetached(
    store,
    `${script}; exec sleep 1000`,
    '--health-cmd',
    'echo checked; echo err >&2; test -e /well',
    ...flags,
  );

test('without a check there is nothing to say', () => {
  expect(inspected(store, startDetached(store, 'sleep 1000'), '{{json .State.Health}}')).toBe('null');
});

test('starting, and healthy with the first success, whose output is kept', async () => {
  const id = start('touch /well', '--health-interval', '1s');
  expect(health(id)).toMatchObject({ Status: 'starting', FailingStreak: 0, Log: [] });
  expect(shown(id)).toMatch(/\(health: starting\)$/);
  const { Log, FailingStreak } = await becomes(id, 'healthy');
  expect(FailingStreak).toBe(0);
  expect(Log[0]).toMatchObject({ ExitCode: 0, Output: 'checked\nerr\n' });
  expect(Date.parse(Log[0]!.End)).toBeGreaterThanOrEqual(Date.parse(Log[0]!.Start));
  expect(shown(id)).toMatch(/^Up .* \(healthy\)$/);
});

test('unhealthy after as many failures as retries, and healthy again with one success', async () => {
  const id = start('true', '--health-interval', '500ms', '--health-retries', '2');
  const sick = await becomes(id, 'unhealthy');
  expect(sick.FailingStreak).toBeGreaterThanOrEqual(2);
  expect(sick.Log.slice(0, 2).map(({ ExitCode }) => ExitCode)).toEqual([1, 1]);
  expect(shown(id)).toMatch(/\(unhealthy\)$/);
  expect(store.tsdocker('ps', '-q', '--no-trunc', '--filter', 'health=unhealthy').stdout).toContain(id);
  expect(store.tsdocker('exec', id, 'touch', '/well').status).toBe(0);
  expect((await becomes(id, 'healthy')).FailingStreak).toBe(0);
  const until = String(Date.now() / 1000 + 1);
  const events = ['events', '--since', '0', '--until', until, '--filter', `container=${id}`, '--format', '{{.Action}}'];
  const actions = store
    .tsdocker(...events)
    .stdout.split('\n')
    .filter((action) => action.startsWith('health_status'));
  expect(actions).toEqual(['health_status: unhealthy', 'health_status: healthy']);
});

test('failures of the start period do not count, and its first success ends it', async () => {
  const flags = ['--health-interval', '500ms', '--health-start-interval', '500ms', '--health-retries', '1'];
  const id = start('true', ...flags, '--health-start-period', '1h');
  const starting = await eventually('it was checked thrice', () => health(id).Log.length >= 3 && health(id));
  expect(starting).toMatchObject({ Status: 'starting', FailingStreak: 0 });
  expect(store.tsdocker('exec', id, 'touch', '/well').status).toBe(0);
  await becomes(id, 'healthy');
  expect(store.tsdocker('exec', id, 'rm', '/well').status).toBe(0);
  await becomes(id, 'unhealthy');
});

test('a check that takes too long is ended, and has failed', async () => {
  const flags = ['--health-interval', '500ms', '--health-timeout', '500ms', '--health-retries', '1'];
  const id = startDetached(store, 'exec sleep 1000', '--health-cmd', 'exec sleep 999', ...flags);
  const { Log } = await becomes(id, 'unhealthy');
  expect(Log[0]).toMatchObject({ ExitCode: -1, Output: expect.stringMatching(/longer than/) });
  expect(store.tsdocker('pause', id).status).toBe(0); // no new check begins
  expect(store.tsdocker('unpause', id).status).toBe(0);
});

test('a check whose command is not there has failed', async () => {
  const name = 'localhost/checked:1';
  const base = store.tsdocker('create', '--network', 'none', 'localhost/busybox', 'sleep', '1000').stdout.trim();
  const change = ['--change', 'HEALTHCHECK --interval=500ms --retries=1 CMD ["/nosuch"]'];
  expect(store.tsdocker('commit', ...change, base, name).status).toBe(0);
  const id = store.tsdocker('run', '-d', '--network', 'none', name).stdout.trim();
  const { Log } = await becomes(id, 'unhealthy');
  expect(Log[0]!.ExitCode).not.toBe(0);
  const off = store.tsdocker('run', '-d', '--network', 'none', '--no-healthcheck', name).stdout.trim();
  expect(inspected(store, off, '{{json .State.Health}}')).toBe('null');
});

test('of the output 4096 bytes are kept, of five checks', async () => {
  const flags = [
    '--health-interval',
    '500ms',
    '--health-cmd',
    'i=0; while [ $i -lt 1000 ]; do i=$((i+1)); printf "012\\"45678\\n"; done',
  ];
  const id = startDetached(store, 'exec sleep 1000', ...flags);
  const { Log } = await eventually('it was checked often', () => {
    const now = health(id);
    return (
      now.Log.length === 5 &&
      Date.parse(now.Log[0]!.Start) > Date.parse(inspected(store, id, '{{.State.StartedAt}}')) + 1200 &&
      now
    );
  });
  for (const { Output } of Log) {
    expect(Output.length).toBe(4096);
    expect(Output.slice(0, 20)).toBe('012"45678\n012"45678\n');
  }
});

describe('with a life of its own', () => {
  test('a check has what a command has, and is none of its output', async () => {
    const id = startDetached(
      store,
      'exec sleep 1000',
      ...['-e', 'WORD=well', '-u', '1234', '-w', '/tmp', '--health-interval', '500ms'],
      ...['--health-cmd', 'echo $WORD $(id -u) $(pwd)'],
    );
    const { Log } = await becomes(id, 'healthy');
    expect(Log[0]!.Output).toBe('well 1234 /tmp\n');
    expect(store.tsdocker('logs', id)).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('a container that is started again is starting again', async () => {
    const id = start('touch /well', '--health-interval', '500ms');
    await becomes(id, 'healthy');
    expect(store.tsdocker('stop', '-t', '0', id).status).toBe(0);
    expect(store.tsdocker('exec', id, 'true').status).toBe(125);
    expect(store.tsdocker('start', id).status).toBe(0);
    expect(health(id)).toMatchObject({ Status: expect.stringMatching(/^(starting|healthy)$/) });
    await becomes(id, 'healthy');
    expect(stateOf(store, id).restarts).toBe(0);
  });

  test('one that is paused is not checked', async () => {
    const id = start('touch /well', '--health-interval', '500ms');
    await becomes(id, 'healthy');
    expect(store.tsdocker('pause', id).status).toBe(0);
    const before = health(id).Log.at(-1);
    for (let times = 0; times < 10; times++) store.tsdocker('ps');
    expect(health(id).Status).toBe('healthy');
    expect(store.tsdocker('unpause', id).status).toBe(0);
    await eventually('it is checked again', () => health(id).Log.at(-1)!.Start !== before!.Start);
    expect(health(id).Status).toBe('healthy');
  });
});

// --restart: when a container is started again, how often, and who keeps it from that.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, inspected, logged, startDetached, stateOf } from '../support/detached.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
beforeAll(() => {
  store = makeStore();
  store.sh('true');
});
afterAll(() => store[Symbol.dispose]());

const done = (name: string) => ({ status: 0, stdout: `${name}\n`, stderr: '' });
/** Files stay from start to start. */
const counting = 'echo x >>/count; wc -l </count; ';
const restarts = (id: string): string => inspected(store, id, '{{.RestartCount}}');
const ended = (id: string): Promise<true | undefined> =>
  eventually('it is over', () => stateOf(store, id).status === 'exited' || undefined);

describe('on-failure', () => {
  test('starts it again as often as it may, and then leaves it', async () => {
    const id = startDetached(store, `${counting} exit 5`, '--restart', 'on-failure:2');
    await ended(id);
    expect(store.tsdocker('logs', id).stdout).toBe('1\n2\n3\n');
    expect(restarts(id)).toBe('2');
    expect(inspected(store, id, '{{.State.ExitCode}} {{.State.Restarting}} {{.HostConfig.RestartPolicy.Name}}')).toBe(
      '5 false on-failure',
    );
  });

  test('leaves one that succeeds', async () => {
    const id = startDetached(store, `${counting} [ $(wc -l </count) = 2 ]`, '--restart', 'on-failure');
    await ended(id);
    expect(store.tsdocker('logs', id).stdout).toBe('1\n2\n');
    expect(restarts(id)).toBe('1');
  });

  test('counts anew when it is started by hand', async () => {
    const id = startDetached(store, `${counting} exit 5`, '--restart', 'on-failure:1');
    await ended(id);
    expect(store.tsdocker('start', id)).toEqual(done(id));
    await ended(id);
    expect(store.tsdocker('logs', id).stdout).toBe('1\n2\n3\n4\n');
    expect(restarts(id)).toBe('1');
  });
});

describe.each(['always', 'unless-stopped'])('%s', (policy) => {
  test('starts it again whatever it ends with, and its first process is another', async () => {
    const id = startDetached(store, `${counting} [ $(wc -l </count) -lt 3 ] || exec sleep 1000`, '--restart', policy);
    await logged(store, id, '3\n');
    const state = await eventually('it runs', () => stateOf(store, id).status === 'running' && stateOf(store, id));
    expect(state.restarts).toBe(2);
    expect(store.tsdocker('stop', '-t', '0', id)).toEqual(done(id));
  });

  test('starts it again when its first process is killed from outside', async () => {
    const id = startDetached(store, `${counting} exec sleep 1000`, '--restart', policy);
    await logged(store, id, '1\n');
    process.kill(stateOf(store, id).pid!, 'SIGKILL');
    await logged(store, id, '2\n');
    expect(restarts(id)).toBe('1');
    expect(store.tsdocker('rm', '-f', id)).toEqual(done(id));
  });

  test.each([
    ['stop', ['stop', '-t', '0']],
    ['kill', ['kill']],
    ['kill with its stop signal', ['kill', '-s', 'TERM']],
  ])('does not start again what %s has ended', async (_, words) => {
    const id = startDetached(
      store,
      `${counting} trap 'exit 3' TERM; echo ready; while :; do sleep 0.1; done`,
      '--restart',
      policy,
    );
    await logged(store, id, 'ready');
    expect(store.tsdocker(...words, id)).toEqual(done(id));
    await ended(id);
    expect(store.tsdocker('logs', id).stdout).toBe('1\nready\n');
    expect(store.tsdocker('start', id)).toEqual(done(id));
    await logged(store, id, '2\n');
    expect(store.tsdocker('rm', '-f', id)).toEqual(done(id));
  });

  test('does start again what another signal has ended', async () => {
    const id = startDetached(
      store,
      `${counting} trap 'exit 3' USR1; echo ready; while :; do sleep 0.1; done`,
      '--restart',
      policy,
    );
    await logged(store, id, 'ready');
    expect(store.tsdocker('kill', '-s', 'USR1', id)).toEqual(done(id));
    await logged(store, id, '2\n');
    expect(store.tsdocker('rm', '-f', id)).toEqual(done(id));
  });
});

describe('while it waits to be started again', () => {
  /** Fails until it waits for seconds. */
  async function waiting(): Promise<string> {
    const id = startDetached(store, `${counting} exit 4`, '--restart', 'always');
    await eventually('it waits', () => {
      const { status, restarts } = stateOf(store, id);
      return restarts >= 4 && status === 'restarting';
    });
    return id;
  }

  test('it says so, and takes no command and no client', async () => {
    const id = await waiting();
    expect(inspected(store, id, '{{.State.Restarting}} {{.State.ExitCode}}')).toBe('true 4');
    expect(store.tsdocker('ps', '--format', '{{.Status}}', '--filter', `id=${id}`).stdout).toMatch(/^Restarting \(4\)/);
    expect(store.tsdocker('exec', id, 'true').status).toBe(125);
    expect(store.tsdocker('attach', id)).toMatchObject({
      status: 125,
      stderr: expect.stringMatching(/is restarting\n/),
    });
    expect(store.tsdocker('pause', id).status).toBe(125);
    expect(store.tsdocker('rm', '-f', id)).toEqual(done(id));
  });

  test.each([['stop'], ['kill'], ['rm', '-f']])('%s ends the waiting', async (...words) => {
    const id = await waiting();
    expect(store.tsdocker(...words, id)).toEqual(done(id));
    if (words[0] === 'rm') return;
    const { status, restarts } = stateOf(store, id);
    expect(status).toBe('exited');
    expect(store.tsdocker('wait', id)).toEqual(done('4'));
    expect(stateOf(store, id).restarts).toBe(restarts);
  });

  test('restart starts it at once', async () => {
    const id = await waiting();
    expect(store.tsdocker('restart', id)).toEqual(done(id));
    expect(store.tsdocker('rm', '-f', id)).toEqual(done(id));
  });
});

test('a client in the foreground ends with the first end, and the container goes on', async () => {
  const words = ['run', '--name', 'fore', '--network', 'none', '--restart', 'on-failure:1', 'localhost/busybox'];
  const run = store.tsdocker(...words, 'sh', '-c', `${counting} exit 6`);
  expect(run).toEqual({ status: 6, stdout: '1\n', stderr: '' });
  await logged(store, 'fore', '2\n');
});

test('every start and every end is an event, and wait ends with the first end', async () => {
  const id = startDetached(store, 'sleep 0.3; exit 7', '--restart', 'on-failure:1');
  expect(store.tsdocker('wait', id)).toEqual(done('7'));
  await ended(id);
  const lines = readFileSync(join(store.root, 'events'), 'utf8')
    .split('\n')
    .filter((line) => line.includes(id));
  expect(lines.map((line) => JSON.parse(line).Action)).toEqual(['create', 'start', 'die', 'start', 'die']);
});

test.each([
  [['--restart', 'sometimes'], /"sometimes"/],
  [['--restart', 'always:3'], /"always:3"/],
  [['--restart', 'on-failure:-1'], /"on-failure:-1"/],
  [['--rm', '--restart', 'always'], /--restart cannot be combined with --rm/],
])('%j is refused', (flags, message) => {
  const run = store.tsdocker('run', ...flags, '--network', 'none', 'localhost/busybox', 'true');
  expect(run).toMatchObject({ status: 125, stdout: '', stderr: expect.stringMatching(message) });
});

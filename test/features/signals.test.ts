// Signals to the client reach the container, and a client that is gone is no event for it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeStore, program, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
beforeAll(() => {
  store = makeStore();
  store.sh('true');
});
afterAll(() => store[Symbol.dispose]());

interface Running {
  readonly client: ChildProcess;
  /** All it printed so far. */
  output(): string;
}

async function start(script: string, ...flags: string[]): Promise<Running> {
  const client = spawn(program, ['run', '--network', 'none', ...flags, 'localhost/busybox', 'sh', '-c', script], {
    env: { PATH: process.env.PATH, TSDOCKER_ROOT: store.root },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  client.stdout!.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  for (let tries = 0; !text.includes('ready') && tries < 400; tries++) await setTimeout(25);
  return { client, output: () => text };
}

/** Its exit status, or the signal that ended it. */
async function ended({ client }: Running): Promise<number | string | null> {
  if (client.exitCode === null && client.signalCode === null) await once(client, 'exit');
  return client.exitCode ?? client.signalCode;
}

test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1'] as const)(
  '%s is passed on to the first process',
  async (signal) => {
    const running = await start(
      `trap 'echo got it; exit 5' ${signal.slice(3)}; echo ready; while :; do sleep 0.1; done`,
      '--rm',
    );
    running.client.kill(signal);
    expect(await ended(running)).toBe(5);
    expect(running.output()).toBe('ready\ngot it\n');
  },
);

test('with --sig-proxy=false a signal ends the client only', async () => {
  const running = await start('echo ready; sleep 2; exit 4', '--sig-proxy=false', '--name', 'unproxied');
  running.client.kill('SIGTERM');
  expect(await ended(running)).toBe('SIGTERM');
  expect(store.tsdocker('ps').stdout).toContain('unproxied');
  for (let tries = 0; !/Exited \(4\)/.test(store.tsdocker('ps', '-a').stdout) && tries < 100; tries++)
    await setTimeout(100);
  expect(store.tsdocker('ps', '-a').stdout).toMatch(/Exited \(4\)/);
  store.tsdocker('rm', 'unproxied');
});

test('a client killed with SIGKILL leaves the container running, and its output never blocks it', async () => {
  const running = await start('echo ready; sleep 0.3; head -c 10000000 /dev/zero; exit 6', '--name', 'orphan');
  running.client.kill('SIGKILL');
  await ended(running);
  for (let tries = 0; !/Exited \(6\)/.test(store.tsdocker('ps', '-a').stdout) && tries < 100; tries++)
    await setTimeout(100);
  expect(store.tsdocker('ps', '-a').stdout).toMatch(/Exited \(6\)/);
  store.tsdocker('rm', 'orphan');
});

test('--rm removes the container also when its client was killed', async () => {
  const running = await start('echo ready; sleep 0.5', '--rm', '--name', 'gone');
  running.client.kill('SIGKILL');
  await ended(running);
  for (let tries = 0; store.tsdocker('ps', '-aq').stdout !== '' && tries < 100; tries++) await setTimeout(100);
  expect(store.tsdocker('ps', '-aq').stdout).toBe('');
});

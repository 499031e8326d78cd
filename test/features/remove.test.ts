// Removing containers that run, from two sides at once: the shim cleans up while the command does.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostState } from '../support/host-state.ts';
import { makeStore, program, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
beforeAll(() => {
  store = makeStore();
  store.sh('true');
});
afterAll(() => store[Symbol.dispose]());

/** Starts a container that sleeps, and waits until it is listed. */
async function sleeper(...flags: string[]) {
  const client = spawn(program, ['run', ...flags, '--network', 'none', 'localhost/busybox', 'sleep', '1234567'], {
    env: { PATH: process.env.PATH, TSDOCKER_ROOT: store.root },
    stdio: 'ignore',
  });
  while (store.tsdocker('ps', '-q').stdout === '') await setTimeout(25);
  return { client, id: store.tsdocker('ps', '-q').stdout.trim() };
}

test('rm refuses a container that runs', async () => {
  const { client, id } = await sleeper('--name', 'busy');
  const refused = store.tsdocker('rm', 'busy');
  expect(refused).toMatchObject({ status: 125, stdout: '' });
  expect(refused.stderr).toMatch(/^tsdocker: the container busy is running\n {2}hint: .*rm -f busy\n$/);
  expect(store.tsdocker('rm', '-f', id)).toMatchObject({ status: 0, stdout: `${id}\n`, stderr: '' });
  expect(await once(client, 'exit')).toEqual([137, null]);
});

test.each([[[]], [['--rm']]])('rm -f with %j never trips over the shim’s own cleaning', async (flags) => {
  for (let round = 0; round < 10; round++) {
    const { client, id } = await sleeper(...flags);
    expect(store.tsdocker('rm', '-f', id)).toMatchObject({ status: 0, stderr: '' });
    if (client.exitCode === null) await once(client, 'exit');
  }
  expect(hostState(store.root)).toMatchObject({ bundles: [], cgroups: [], mounts: [], unfinished: [] });
});

test('two rm -f at once: both end, the container is gone', async () => {
  const { id } = await sleeper();
  const removers = [1, 2].map(() =>
    spawn(program, ['rm', '-f', id], { env: { PATH: process.env.PATH, TSDOCKER_ROOT: store.root }, stdio: 'ignore' }),
  );
  await Promise.all(removers.map((remover) => once(remover, 'exit')));
  expect(store.tsdocker('ps', '-aq').stdout).toBe('');
});

test('a shim that was killed: the next command puts it right', async () => {
  const { id } = await sleeper();
  spawnSync('pkill', ['-KILL', '-f', `tsdocker-shim ${id}`]);
  expect(store.tsdocker('ps', '-a').stdout).toMatch(/Exited \(137\)/);
  expect(spawnSync('pgrep', ['-f', 'sleep 1234567$'], { encoding: 'utf8' }).stdout).toBe('');
  expect(store.tsdocker('rm', id).status).toBe(0);
});

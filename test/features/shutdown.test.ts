// tsdocker system stop and system start: the two ends of a boot, without one. With systemd and a reboot in between they are shown
// in the virtual machine (test/vm/inside-systemd).
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
const obeys = ['sh', '-c', 'trap "echo in good order; exit 0" TERM; echo ready; while :; do sleep 0.1; done'] as const;

beforeAll(() => {
  store = makeStore();
  run('obeys', '--restart', 'always', ...busybox(...obeys));
  run('stopped', '--restart', 'unless-stopped', ...busybox(...obeys));
  run('plain', '--restart', 'no', ...busybox(...obeys));
  run('leaves-nothing', '--rm', ...busybox(...obeys));
  run('frozen', '--restart', 'unless-stopped', ...busybox(...obeys));
  run('deaf', '--restart', 'unless-stopped', '--stop-timeout', '1', ...busybox('sleep', '1000'));
  run('crashes', '--restart', 'always', ...busybox('false'));
}, 60_000);
afterAll(() => store[Symbol.dispose]());

const busybox = (...command: readonly string[]): string[] => ['localhost/busybox', ...command];

function run(name: string, ...words: readonly string[]): void {
  const { status, stderr } = store.tsdocker('run', '-d', '--network', 'none', '--name', name, ...words);
  expect(status, stderr).toBe(0);
}

const state = (name: string): string =>
  store.tsdocker('inspect', '--format', '{{.State.Status}} {{.State.ExitCode}}', name).stdout.trim();
const lines = (text: string): string[] => text.trim().split('\n').sort();

test('system stop ends all that runs, as each wants it, and system start starts what policies promise', async () => {
  for (const name of ['obeys', 'plain', 'leaves-nothing', 'frozen'])
    await expect.poll(() => store.tsdocker('logs', name).stdout).toContain('ready');
  expect(store.tsdocker('stop', 'stopped').status).toBe(0);
  expect(store.tsdocker('pause', 'frozen').status).toBe(0);
  await expect.poll(() => state('crashes'), { timeout: 20_000 }).toMatch(/^restarting/);

  const stopped = store.tsdocker('system', 'stop');
  expect(stopped).toMatchObject({ status: 0, stderr: '' });
  expect(lines(stopped.stdout)).toEqual(['crashes', 'deaf', 'frozen', 'leaves-nothing', 'obeys', 'plain']);
  expect(store.tsdocker('ps', '-q').stdout).toBe('');
  expect(lines(store.tsdocker('ps', '-a', '--format', '{{.Names}}').stdout)).not.toContain('leaves-nothing');
  expect([state('obeys'), state('frozen'), state('plain'), state('deaf')]).toEqual([
    'exited 0',
    'exited 0',
    'exited 0',
    'exited 137',
  ]);
  for (const name of ['obeys', 'frozen', 'plain'])
    expect(store.tsdocker('logs', name).stdout).toMatch(/in good order\n$/);
  expect(store.tsdocker('system', 'stop')).toEqual({ status: 0, stdout: '', stderr: '' });

  const started = store.tsdocker('system', 'start');
  expect(started).toMatchObject({ status: 0, stderr: '' });
  expect(lines(started.stdout)).toEqual(['crashes', 'deaf', 'frozen', 'obeys']);
  for (const name of ['deaf', 'frozen', 'obeys']) expect(state(name)).toBe('running 0');
  expect(state('plain')).toBe('exited 0');
  expect(store.tsdocker('system', 'start')).toMatchObject({ status: 0, stderr: '' });
});

// `kill -9` of the shim and of the container, a reboot, and clocks that jump: what is said of the container is true, the same from
// every command, and it can be started again.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { agreed, StoreWatch } from '../support/leaks.ts';
import { makeStore, program, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
let watch: StoreWatch;
beforeEach(() => {
  store = makeStore();
  watch = new StoreWatch(store.root);
});
afterEach(() => store[Symbol.dispose]());

function must(...words: readonly string[]): string {
  const { status, stdout, stderr } = store.tsdocker(...words);
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

/** Its id. */
const start = (...flags: readonly string[]): string =>
  must(
    'run',
    '-d',
    '--name',
    'it',
    '--network',
    'none',
    ...flags,
    'localhost/busybox',
    'sh',
    '-c',
    'echo one; sleep 1000',
  ).trim();

const inBundle = (id: string, name: string): string => join(store.root, 'container', id, name);
const stateOf = (id: string): Record<string, unknown> => JSON.parse(readFileSync(inBundle(id, 'state'), 'utf8'));
const firstProcess = (id: string): number => Number(stateOf(id).pid);
const shimOf = (id: string): number =>
  Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${firstProcess(id)}/status`, 'utf8'))![1]);

const shown = (format: string): string => must('inspect', '-f', format, 'it').trim();

async function isClean(...kept: readonly string[]): Promise<void> {
  expect(await watch.settled(kept)).toEqual([]);
}

/** It can be started again, and removed, and nothing of it is then left. */
async function goesOn(id: string): Promise<void> {
  must('start', 'it');
  expect(must('exec', 'it', 'echo', 'works')).toBe('works\n');
  expect(agreed(store)).toEqual([{ name: 'it', id, status: 'running' }]);
  must('rm', '-f', 'it');
  expect(agreed(store)).toEqual([]);
  await isClean();
}

test('a shim that is killed takes its container with it, and that is said', async () => {
  const id = start();
  process.kill(shimOf(id), 'SIGKILL');
  expect(agreed(store)).toEqual([{ name: 'it', id, status: 'exited' }]);
  expect(shown('{{.State.ExitCode}} {{.State.Error}} {{.State.OOMKilled}}')).toBe('137 its shim was killed false');
  await isClean(id);
  expect(must('logs', 'it')).toBe('one\n');
  expect(must('wait', 'it')).toBe('137\n');
  await goesOn(id);
});

test('a shim that is killed is told to who waits, and to who is attached', async () => {
  const id = start();
  const env = { PATH: process.env.PATH, TSDOCKER_ROOT: store.root };
  const clients = [
    ['wait', 'it'],
    ['attach', 'it'],
    ['exec', 'it', 'sleep', '1000'],
  ].map((words) => spawn(program, words, { env, stdio: ['ignore', 'pipe', 'pipe'] }));
  const ends = clients.map(async (client) => (await once(client, 'close'))[0] as number);
  const shim = shimOf(id);
  // Whoever waits may come later: it is told the same.
  const events = () => readFileSync(join(store.root, 'events'), 'utf8');
  while (!events().includes('"attach"') || !events().includes('exec_start')) await setTimeout(20);
  process.kill(shim, 'SIGKILL');
  const [waited, attached, executed] = await Promise.all(ends);
  expect({ waited, attached, executed }).toEqual({ waited: 0, attached: 125, executed: 125 });
  expect(agreed(store)).toEqual([{ name: 'it', id, status: 'exited' }]);
  await isClean(id);
  await goesOn(id);
});

test('a shim that is killed with --rm leaves nothing', async () => {
  const id = start('--rm');
  process.kill(shimOf(id), 'SIGKILL');
  expect(agreed(store)).toEqual([]);
  await isClean();
});

test('a paused container whose shim is killed goes too', async () => {
  const id = start();
  must('pause', 'it');
  process.kill(shimOf(id), 'SIGKILL');
  expect(agreed(store)).toEqual([{ name: 'it', id, status: 'exited' }]);
  await isClean(id);
  await goesOn(id);
});

test('a container that is killed is said to have been', async () => {
  const id = start();
  process.kill(firstProcess(id), 'SIGKILL');
  expect(must('wait', 'it')).toBe('137\n');
  expect(agreed(store)).toEqual([{ name: 'it', id, status: 'exited' }]);
  expect(shown('{{.State.ExitCode}} {{.State.Error}}')).toBe('137');
  await isClean(id);
  expect(must('logs', 'it')).toBe('one\n');
  await goesOn(id);
});

test('a container that is killed is started again where its policy says so, by its shim alone', async () => {
  const id = start('--restart', 'always');
  for (let restarts = 1; restarts < 4; restarts++) {
    process.kill(firstProcess(id), 'SIGKILL');
    while (stateOf(id).restarts !== restarts || stateOf(id).status !== 'running');
  }
  expect(agreed(store)).toEqual([{ name: 'it', id, status: 'running' }]);
  expect(shown('{{.RestartCount}}')).toBe('3');
  await isClean(id);
  must('rm', '-f', 'it');
  await isClean();
});

/** What a machine that went down without warning leaves: nothing runs, and the files are those of another boot. */
function reboot(...ids: readonly string[]): void {
  for (const id of ids) {
    const shim = shimOf(id);
    writeFileSync(inBundle(id, 'boot'), '00000000-0000-0000-0000-000000000000');
    process.kill(shim, 'SIGKILL');
  }
}

test('what ran before a reboot is said to have ended by it, with Docker’s exit status', async () => {
  const id = start();
  reboot(id);
  expect(agreed(store)).toEqual([{ name: 'it', id, status: 'exited' }]);
  expect(shown('{{.State.ExitCode}} {{.State.Error}}')).toBe('255 the machine was restarted while it ran');
  await isClean(id);
  await goesOn(id);
});

test('a pid of an earlier boot is never taken for the container’s', async () => {
  const id = start();
  const { startedAt } = stateOf(id);
  reboot(id);
  writeFileSync(
    inBundle(id, 'state'),
    `${JSON.stringify({ status: 'running', pid: process.pid, startedAt, restarts: 0 })}\n`,
  );
  expect(agreed(store)).toEqual([{ name: 'it', id, status: 'exited' }]);
  await goesOn(id);
});

test('clocks that jump: times in the future are shown as they are, and stop and start work', async () => {
  const id = start();
  const future = Date.now() + 10 * 365 * 24 * 3600_000;
  writeFileSync(inBundle(id, 'state'), `${JSON.stringify({ ...stateOf(id), startedAt: future })}\n`);
  expect(agreed(store)).toEqual([{ name: 'it', id, status: 'running' }]);
  expect(must('ps', '--format', '{{.Status}}')).toMatch(/^Up /);
  expect(Date.parse(shown('{{.State.StartedAt}}'))).toBe(future);
  must('stop', '-t', '0', 'it');
  const ended = stateOf(id);
  writeFileSync(
    inBundle(id, 'state'),
    `${JSON.stringify({ ...ended, startedAt: future, finishedAt: future - 5000 })}\n`,
  );
  expect(must('ps', '-a', '--format', '{{.Status}}')).toMatch(/^Exited \(137\) /);
  expect(agreed(store)).toEqual([{ name: 'it', id, status: 'exited' }]);
  await goesOn(id);
});

test('clocks that jump: log entries out of the order of time are printed in the order of writing', async () => {
  const id = must('run', '-d', '--name', 'it', '--network', 'none', 'localhost/busybox', 'true').trim();
  must('wait', 'it');
  const entry = (text: string, time: string) => `${JSON.stringify({ log: `${text}\n`, stream: 'stdout', time })}\n`;
  const lines = [
    entry('now', '2026-11-21T10:00:00Z'),
    entry('back', '2016-11-21T10:00:00Z'),
    entry('ahead', '2036-11-21T10:00:00Z'),
    entry('epoch', '1970-01-01T00:00:00Z'),
  ];
  writeFileSync(inBundle(id, `${id}-json.log`), lines.join(''));
  expect(must('logs', 'it')).toBe('now\nback\nahead\nepoch\n');
  expect(must('logs', '--tail', '2', 'it')).toBe('ahead\nepoch\n');
  expect(must('logs', '--since', '2026-01-01T00:00:00Z', 'it')).toBe('now\nahead\n');
  await isClean(id);
});

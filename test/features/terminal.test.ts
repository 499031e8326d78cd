// `-it` as a person uses it: in a real terminal (tmux), with keys typed and the screen read.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { makeStore, program, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
beforeAll(() => {
  store = makeStore();
  store.sh('true'); // the image is there when the first key is typed
});
afterAll(() => store[Symbol.dispose]());

let server: string;
const tmux = (...words: string[]): string =>
  spawnSync('tmux', ['-L', server, '-f', '/dev/null', ...words], { encoding: 'utf8' }).stdout;
const screen = (): string => tmux('capture-pane', '-p').replace(/\n+$/, '\n');
const type = (...keys: string[]): string => tmux('send-keys', ...keys);

/** Waits until the screen shows it; a person would, too. */
async function shows(pattern: RegExp): Promise<string> {
  for (let tries = 0; tries < 400; tries++) {
    const shown = screen();
    if (pattern.test(shown)) return shown;
    await setTimeout(25);
  }
  throw new Error(`the screen never showed ${pattern}:\n${screen()}`);
}

beforeEach(() => {
  server = `tsdocker-test-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const run = `env TSDOCKER_ROOT=${store.root} ${program} run -it --rm --network none -h box localhost/busybox sh`;
  tmux('new-session', '-d', '-x', '91', '-y', '31', 'env PS1="outer> " bash --norc --noprofile');
  type(run, 'Enter');
});
afterEach(() => {
  tmux('kill-server');
  for (const id of store.tsdocker('ps', '-q').stdout.split('\n')) if (id !== '') store.tsdocker('rm', '-f', id);
});

test('the shell has a terminal of the caller’s size, and follows it', async () => {
  await shows(/\/ #$/m);
  type('tty; stty size', 'Enter');
  await shows(/^\/dev\/pts\/0\n31 91\n/m);
  tmux('resize-window', '-x', '70', '-y', '20');
  await setTimeout(200);
  type('clear; stty size', 'Enter');
  await shows(/^20 70\n/m);
});

test('Ctrl-C reaches what runs in the shell, and Ctrl-Z and fg work', async () => {
  await shows(/\/ #$/m);
  type('sleep 1000', 'Enter');
  await setTimeout(200);
  type('C-c');
  type('echo "status $?"', 'Enter');
  await shows(/^status 130$/m);
  type('cat', 'Enter');
  await setTimeout(200);
  type('C-z');
  await shows(/Stopped/);
  type('fg', 'Enter');
  await setTimeout(200);
  type('echoed', 'Enter');
  await shows(/^echoed\nechoed$/m);
  type('C-d');
  await shows(/\/ #$/m);
});

test('at the end the caller’s terminal is as it was, with the shell’s status', async () => {
  await shows(/\/ #$/m);
  type('exit 7', 'Enter');
  await shows(/outer>$/m);
  type('echo "ended with $?"', 'Enter');
  await shows(/^ended with 7$/m);
  type('stty -a | grep -cE " icanon|^icanon"; stty -a | grep -o " echo "', 'Enter');
  await shows(/^1\n echo$/m);
});

test('closing the terminal ends the client and not the container', async () => {
  await shows(/\/ #$/m);
  const id = store.tsdocker('ps', '-q').stdout.trim();
  const client = () =>
    spawnSync('pgrep', ['-P', tmux('list-panes', '-F', '#{pane_pid}').trim(), '-x', 'tsdocker-attach'], {
      encoding: 'utf8',
    }).stdout.trim();
  const pid = client();
  expect(pid).toMatch(/^\d+$/);
  tmux('kill-server');
  for (let tries = 0; existsSync(`/proc/${pid}`) && tries < 200; tries++) await setTimeout(25);
  expect(existsSync(`/proc/${pid}`)).toBe(false);
  expect(store.tsdocker('ps', '-q').stdout.trim()).toBe(id);
  expect(store.tsdocker('rm', '-f', id).status).toBe(0);
});

test('killing the container from outside gives the terminal back', async () => {
  await shows(/\/ #$/m);
  const [id] = store.tsdocker('ps', '-q').stdout.trim().split('\n');
  expect(store.tsdocker('rm', '-f', id!).status).toBe(0);
  await shows(/outer>$/m);
  type('echo "ended with $?"', 'Enter');
  await shows(/^ended with 137$/m);
});

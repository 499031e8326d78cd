// run -d: a container on its own. Nobody waits for it, and what it comes to can be seen all the same.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, inspected, logged, startDetached, stateOf } from '../support/detached.ts';
import { hostState } from '../support/host-state.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
beforeAll(() => {
  store = makeStore();
  store.sh('true');
});
afterAll(() => store[Symbol.dispose]());

const run = (...words: string[]) => store.tsdocker('run', '-d', '--network', 'none', ...words);

test('says its id and nothing else, and writes it where it is asked to', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsdocker-cid-'));
  try {
    const started = run('--cidfile', join(folder, 'id'), 'localhost/busybox', 'sleep', '1000');
    expect(started).toEqual({ status: 0, stdout: expect.stringMatching(/^[0-9a-f]{64}\n$/), stderr: '' });
    expect(readFileSync(join(folder, 'id'), 'utf8')).toBe(started.stdout.trim());
    expect(run('--cidfile', join(folder, 'id'), 'localhost/busybox', 'true')).toMatchObject({
      status: 125,
      stdout: '',
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('its processes belong to nobody who started it: not its terminal, its session or its descriptors', () => {
  const id = startDetached(store, 'exec sleep 1000');
  const { pid } = stateOf(store, id);
  const field = (of: number | string, at: number): string =>
    readFileSync(`/proc/${of}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')[at]!;
  const shim = field(pid!, 1);
  expect(readFileSync(`/proc/${shim}/comm`, 'utf8')).toBe('tsdocker-shim\n');
  expect(field(shim, 3)).not.toBe(field('self', 3)); // the session
  expect(field(shim, 4)).toBe('0'); // and no terminal
  expect(field(shim, 1)).not.toBe(String(process.pid));
});

test('-i keeps its input open, and without it reads nothing', async () => {
  const open = startDetached(store, 'cat; echo over', '-i');
  const closed = startDetached(store, 'cat; echo over');
  await logged(store, closed, 'over');
  expect(stateOf(store, open).status).toBe('running');
});

test('-t has a terminal without anybody at it', async () => {
  const id = startDetached(store, 'tty; echo err >&2', '-t');
  await logged(store, id, 'err');
  expect(store.tsdocker('logs', id)).toEqual({ status: 0, stdout: '/dev/pts/0\r\nerr\r\n', stderr: '' });
});

test('its output is in its log, the two streams apart, however it ended', async () => {
  const id = startDetached(store, 'echo out; echo err >&2; printf "no end"; kill -9 $$; exit 3');
  expect(store.tsdocker('wait', id).stdout).toBe('3\n'); // the first process is deaf to itself
  expect(store.tsdocker('logs', id)).toEqual({ status: 0, stdout: 'out\nno end', stderr: 'err\n' });
});

test('--log-driver none keeps nothing, and clients see it all the same', () => {
  const flags = ['--log-driver', 'none', '--network', 'none', 'localhost/busybox', 'echo', 'seen'];
  const id = store.tsdocker('create', ...flags).stdout.trim();
  expect(store.tsdocker('start', '-a', id)).toEqual({ status: 0, stdout: 'seen\n', stderr: '' });
  expect(store.tsdocker('logs', id)).toMatchObject({ status: 125, stdout: '' });
  expect(existsSync(join(store.root, 'container', id, `${id}-json.log`))).toBe(false);
});

describe('--rm', () => {
  test('leaves nothing when it has ended, and its name is free again', async () => {
    for (let times = 0; times < 2; times++) {
      const id = startDetached(store, 'sleep 2; exit 3', '--rm', '--name', 'brief', '-v', '/data');
      expect(store.tsdocker('wait', id)).toMatchObject({ status: 0, stdout: '3\n' });
      expect(hostState(store.root).bundles).not.toContain(id);
      expect(hostState(store.root).cgroups).not.toContain(id);
      expect(store.tsdocker('ps', '-a').stdout).not.toContain('brief');
    }
  });

  test('is removed by stop and kill, and can be attached to before', async () => {
    for (const verb of ['stop', 'kill']) {
      const id = startDetached(store, "trap 'exit 2' TERM; while :; do sleep 0.1; done", '--rm');
      expect(store.tsdocker(verb, id)).toMatchObject({ status: 0, stdout: `${id}\n` });
      await eventually('it is gone', () => !hostState(store.root).bundles.includes(id));
      expect(store.tsdocker('start', id).status).toBe(125);
    }
  });
});

test('one that cannot be started is not there afterwards', () => {
  const before = hostState(store.root);
  expect(run('--name', 'never', 'localhost/busybox', 'nosuch')).toMatchObject({ status: 127, stdout: '' });
  expect(run('--name', 'never', '-w', '/proc/nosuch', 'localhost/busybox', 'true')).toMatchObject({ stdout: '' });
  expect(hostState(store.root)).toEqual(before);
});

test('one whose shim is killed is emptied, and said to have ended', async () => {
  const id = startDetached(store, 'sleep 1000 & exec sleep 1000', '--restart', 'always');
  const { pid } = stateOf(store, id);
  const shim = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);
  process.kill(shim, 'SIGKILL');
  await eventually('it is found ended', () => /^Exited \(137\)/.test(psStatus(id)));
  await eventually('its processes are gone', () => !existsSync(`/proc/${pid}`));
  expect(inspected(store, id, '{{.State.Error}}')).toBe('its shim was killed');
  expect(hostState(store.root).cgroups).not.toContain(id);
  expect(store.tsdocker('start', id)).toMatchObject({ status: 0 });
  expect(stateOf(store, id).status).toBe('running');
});

const psStatus = (id: string): string =>
  store.tsdocker('ps', '-a', '--filter', `id=${id}`, '--format', '{{.Status}}').stdout;

test('many at once start and end without one another', async () => {
  const ids = Array.from({ length: 8 }, (_, number) => startDetached(store, `sleep 0.2; exit ${number}`));
  expect(store.tsdocker('wait', ...ids).stdout).toBe('0\n1\n2\n3\n4\n5\n6\n7\n');
});

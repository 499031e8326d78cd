// tsdocker top: the processes of one container, and of nobody else.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readHierarchy } from '../../src/cgroup/hierarchy.ts';
import { payloadPath } from '../../src/cgroup/place.ts';
import { containerTop } from '../../src/engine/top.ts';
import { openStore } from '../../src/store/store.ts';
import { type Background, startBackground } from '../support/background.ts';
import { addBusybox } from '../support/busybox-image.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
let web: Background | undefined;
let other: Background | undefined;
beforeAll(async () => {
  store = makeStore();
  await addBusybox(store.root, 'localhost/shell');
  const script = `sleep 1001 & sh -c 'sleep 1002; :' "$(printf 'a\\033[31mb')" & :`;
  web = await startBackground(store.root, 'localhost/shell', script, '--name', 'web');
  other = await startBackground(store.root, 'localhost/shell', 'sleep 1003 & :', '--name', 'other');
  expect(store.tsdocker('run', '--network', 'none', '--name', 'ended', 'localhost/shell', 'true').status).toBe(0);
});
afterAll(async () => {
  await Promise.all([web?.end(), other?.end()]);
  store[Symbol.dispose]();
});

const rows = (text: string): string[][] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));

test('every process of the container is listed as ps -ef lists it, with the pids of the host', async () => {
  const expected = ['sleep 1001', 'sleep 1002'];
  // A process that was just started may not have its name yet.
  let lines: string[][] = [];
  for (let tries = 0; tries < 100 && !expected.every((text) => lines.some((line) => line[7] === text)); tries++) {
    const { status, stdout, stderr } = store.tsdocker('top', 'web');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    lines = rows(stdout);
  }
  expect(lines[0]).toEqual(['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD']);
  expect(lines).toHaveLength(5);
  expect(lines.find((line) => line[1] === String(web!.pid))).toMatchObject({ 0: 'root', 2: String(web!.shim) });
  const child = lines.find((line) => line[7] === 'sleep 1001')!;
  expect(child[2]).toBe(String(web!.pid));
  const theirs = execFileSync('ps', ['-o', 'user=,pid=,ppid=,stime=,tty=,args=', '-p', child[1]!], {
    encoding: 'utf8',
  });
  expect(theirs.trim().split(/ +/)).toEqual([...child.slice(0, 3), child[4], child[5], 'sleep', '1001']);
});

test('what a process calls itself does nothing to the terminal', () => {
  const { stdout } = store.tsdocker('container', 'top', 'web');
  expect(stdout).toContain('a [31mb');
  expect(stdout).not.toContain('\x1b');
});

test('columns are those of Docker: at least twenty wide, the last one as it is', () => {
  const [heading] = store.tsdocker('top', 'other').stdout.split('\n');
  const titles = ['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME'];
  expect(heading).toBe(`${titles.map((title) => title.padEnd(20)).join('')}CMD`);
});

test('options are for the host’s ps, of which only the container’s lines are kept', () => {
  const { status, stdout } = store.tsdocker('top', 'other', '-o', 'ppid,pid,args');
  expect(status).toBe(0);
  const [heading, ...lines] = rows(stdout);
  expect(heading).toEqual(['PPID', 'PID', 'COMMAND']);
  expect(lines.map((line) => line[1])).toContain(String(other!.pid));
  expect(lines).toHaveLength(2);
  expect(rows(store.tsdocker('top', 'other', 'aux').stdout)[0]).toContain('%CPU');
});

test.each([
  [['nobody'], 'there is no container nobody'],
  [['ended'], 'the container ended is not running'],
  [['web', '-o', 'comm'], 'the ps options leave out the PID column'],
  [['web', '-o', 'comm=PID,pid'], 'the ps option comm=PID,pid is not allowed'],
  [['web', '--nonsense'], 'ps refuses --nonsense: '],
])('%j is refused in a line', (words, message) => {
  const { status, stdout, stderr } = store.tsdocker('top', ...words);
  expect({ status, stdout }).toEqual({ status: 125, stdout: '' });
  expect(stderr.split('\n')[0]).toContain(`tsdocker: ${message}`);
});

test('a process that the container put into a cgroup of its own is still its process', async () => {
  const folder = payloadPath(readHierarchy().path, other!.id);
  const pid = readFileSync(join(folder, 'cgroup.procs'), 'utf8')
    .split('\n')
    .find((line) => line !== String(other!.pid))!;
  mkdirSync(join(folder, 'a/b'), { recursive: true });
  writeFileSync(join(folder, 'a/b/cgroup.procs'), pid);
  using opened = openStore(store.root);
  const { titles, processes } = await containerTop(opened, 'other');
  expect(processes.map((line) => line[titles.indexOf('PID')])).toEqual(
    expect.arrayContaining([pid, String(other!.pid)]),
  );
  writeFileSync(join(folder, 'cgroup.procs'), pid);
  for (const name of ['a/b', 'a']) rmdirSync(join(folder, name));
});

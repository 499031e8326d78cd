// A full disk: the store lies on a small file system of its own. What does not fit is refused with a clear line and leaves nothing;
// what runs goes on, its end is recorded, and its log says how many bytes are missing.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { agreed, StoreWatch } from '../support/leaks.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

vi.setConfig({ testTimeout: 120_000 });

let folder: string;
let image: string;
/** Where a test tells a container to go on: not on the disk that is full. */
let control: string;
let store: TestStore;
let watch: StoreWatch;
beforeEach(() => {
  // Blocks of a page: SQLite maps a file that has them all, and on smaller blocks a full disk would be SIGBUS.
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-disk-'));
  image = `${folder}.img`;
  execFileSync('truncate', ['-s', '32M', image]);
  execFileSync('mkfs.ext4', ['-q', '-b', '4096', '-m', '0', '-O', '^has_journal', image]);
  execFileSync('mount', ['-o', 'loop', image, folder]);
  rmdirSync(join(folder, 'lost+found'));
  control = mkdtempSync('/dev/shm/tsdocker-control-');
  store = makeStore(folder);
  watch = new StoreWatch(store.root);
  store.sh(':');
});
afterEach(() => {
  empty();
  const left = store
    .tsdocker('ps', '-aq')
    .stdout.split('\n')
    .filter((id) => id !== '');
  if (left.length > 0) store.tsdocker('rm', '-f', ...left);
  execFileSync('umount', [folder]);
  rmSync(folder, { recursive: true, force: true });
  rmSync(image, { force: true });
  rmSync(control, { recursive: true, force: true });
});

const ballast = (): string => join(folder, 'ballast');

/** Leaves so many bytes, or none. */
function fill(left = 0): void {
  const { bavail, bsize } = statfsSync(folder);
  try {
    if (bavail * bsize > left) writeFileSync(ballast(), Buffer.alloc(bavail * bsize - left), { flag: 'a' });
    if (left === 0) for (;;) writeFileSync(ballast(), Buffer.alloc(4096), { flag: 'a' });
  } catch {
    // full to the last block
  }
}

function empty(): void {
  rmSync(ballast(), { force: true });
}

function must(...words: readonly string[]): string {
  const { status, stdout, stderr } = store.tsdocker(...words);
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

const start = (script: string, ...flags: readonly string[]): string =>
  must(
    'run',
    '-d',
    '--name',
    'it',
    '--network',
    'none',
    '-v',
    `${control}:/control`,
    ...flags,
    'localhost/busybox',
    'sh',
    '-c',
    script,
  ).trim();

const hasLeaks = async (...kept: readonly string[]) =>
  (await watch.settled(kept)).filter((leak) => !leak.startsWith('mount'));

const isPlain = /^tsdocker: (?!a defect).*\n( {2}hint: .*\n)?$/;

/** On a disk that is full to the last block, SQLite cannot always open the database: that is said, or it is done. */
function tries(...words: readonly string[]): void {
  const { status, stderr } = store.tsdocker(...words);
  if (status !== 0)
    expect({ status, stderr }, words.join(' ')).toEqual({ status: 125, stderr: expect.stringMatching(isPlain) });
}

const stateOf = (id: string): { status: string; lost?: number } =>
  JSON.parse(readFileSync(join(store.root, 'container', id, 'state'), 'utf8'));

test('on a full disk nothing is started, that is said, and nothing is left', async () => {
  fill();
  for (const verb of [['run', '-d'], ['create']]) {
    const { status, stderr } = store.tsdocker(
      ...verb,
      '--name',
      'it',
      '--network',
      'none',
      'localhost/busybox',
      'true',
    );
    expect({ status, stderr }).toEqual({ status: 125, stderr: expect.stringMatching(/^tsdocker: the disk is full/) });
    expect(stderr).toMatch(isPlain);
  }
  tries('ps', '-a');
  empty();
  must('info');
  expect(agreed(store)).toEqual([]);
  expect(await hasLeaks()).toEqual([]);
  const id = start('sleep 1000');
  expect(agreed(store)).toEqual([{ name: 'it', id, status: 'running' }]);
});

test('with any room that is left, a container is started whole or not at all', { timeout: 300_000 }, async () => {
  const outcomes: string[] = [];
  for (let left = 4096; left < 240_000; left += 28_672) {
    fill(left);
    const { status, stderr } = store.tsdocker(
      ...['run', '-d', '--name', 'it', '--network', 'none', 'localhost/busybox', 'sleep', '1000'],
    );
    if (status !== 0) expect(stderr, `${left} bytes left: ended with ${status}`).toMatch(isPlain);
    empty();
    const found = agreed(store);
    expect(
      found.map((each) => each.status),
      `${left} bytes left`,
    ).toEqual(status === 0 ? ['running'] : []);
    if (status === 0) must('rm', '-f', 'it');
    must('info');
    expect(await hasLeaks(), `${left} bytes left`).toEqual([]);
    outcomes.push(`${left}: ${status === 0 ? 'runs' : stderr.split('\n')[0]}`);
  }
  console.log(outcomes.join('\n'));
});

test('a container goes on while the disk is full, and its log says how many bytes are missing', async () => {
  const id = start(
    `echo before; while [ ! -e /control/go ]; do sleep 0.05; done
     i=0; while [ $i -lt 3000 ]; do echo "line $i ......................................"; i=$((i+1)); done
     touch /control/said; while [ ! -e /control/end ]; do sleep 0.05; done; echo after; exit 7`,
  );
  while (must('logs', 'it') !== 'before\n');
  fill();
  writeFileSync(join(control, 'go'), '');
  while (!existsSync(join(control, 'said'))) await setTimeout(20);
  expect(stateOf(id).status).toBe('running');
  tries('ps', '-a');
  tries('inspect', 'it');
  empty();
  expect(agreed(store)).toEqual([{ name: 'it', id, status: 'running' }]);
  writeFileSync(join(control, 'end'), '');
  expect(must('wait', 'it')).toBe('7\n');
  expect(agreed(store)).toEqual([{ name: 'it', id, status: 'exited' }]);
  const lines = readFileSync(join(store.root, 'container', id, `${id}-json.log`), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { log: string }).log);
  const told = lines.flatMap(
    (line) => /^tsdocker: (\d+) bytes of output are missing here: no space left on device\n$/.exec(line)?.[1] ?? [],
  );
  const kept = new Set(lines);
  const missing = [
    'before',
    ...Array.from({ length: 3000 }, (_, i) => `line ${i} ......................................`),
  ]
    .filter((line) => !kept.has(`${line}\n`))
    .reduce((sum, line) => sum + line.length + 1, 0);
  expect(missing).toBeGreaterThan(0);
  expect(told.reduce((sum, bytes) => sum + Number(bytes), 0)).toBe(missing);
  expect(stateOf(id)).not.toHaveProperty('lost'); // all is told
  expect(lines[0]).toBe('before\n');
  expect(lines.at(-1)).toBe('after\n');
  expect(await hasLeaks(id)).toEqual([]);
});

test('a container that ends while the disk is full has its end recorded, and can be removed', async () => {
  const id = start('while [ ! -e /control/end ]; do sleep 0.05; done; echo after; exit 7');
  fill();
  writeFileSync(join(control, 'end'), '');
  while (stateOf(id).status !== 'exited') await setTimeout(20);
  tries('wait', 'it');
  tries('logs', 'it');
  empty();
  expect(agreed(store)).toEqual([{ name: 'it', id, status: 'exited' }]);
  expect(must('inspect', '-f', '{{.State.ExitCode}}', 'it')).toBe('7\n');
  must('rm', 'it');
  expect(agreed(store)).toEqual([]);
  expect(await hasLeaks()).toEqual([]);
});

test('pause, stop and rm -f are done on a full disk, or say why not', async () => {
  const id = start('trap "exit 3" TERM; while :; do sleep 0.05; done');
  fill();
  tries('pause', 'it');
  tries('unpause', 'it');
  tries('stop', '-t', '1', 'it');
  tries('rm', '-f', 'it');
  empty();
  expect(agreed(store).filter((each) => each.id !== id)).toEqual([]);
  must('rm', '-f', 'it');
  expect(agreed(store)).toEqual([]);
  expect(await hasLeaks()).toEqual([]);
});

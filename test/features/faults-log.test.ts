// A container that writes 1 GB as fast as it can, with a client attached that never reads: neither waits for the client, and every
// byte is in the log, or, with rotation, the end of it is.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, readdirSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
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

const gigabyte = 2 ** 30;

/** 64 bytes a line with its newline, each beginning with its number: the number of lines makes 1 GB. */
const lines = gigabyte / 64;
const awk = `BEGIN { for (i = 0; i < ${lines}; i++) printf "%012d ...................................................\\n", i }`;

/** Starts it, with a client that attached before the first line and never reads. Resolves when the container has ended. */
async function write(...flags: readonly string[]): Promise<string> {
  // `awk` writes in blocks: it is not what is measured.
  const script = ['sh', '-c', `while [ ! -e /go ]; do sleep 0.05; done; exec awk '${awk}'`];
  const started = store.tsdocker(
    'run',
    '-d',
    '--name',
    'it',
    '--network',
    'none',
    ...flags,
    'localhost/busybox',
    ...script,
  );
  expect(started).toMatchObject({ status: 0 });
  const client = spawn(program, ['attach', '--no-stdin', 'it'], {
    env: { PATH: process.env.PATH, TSDOCKER_ROOT: store.root },
    stdio: ['ignore', 'pipe', 'ignore'], // a pipe that nobody reads
  });
  const closed = once(client, 'exit');
  while (!readFileSync(join(store.root, 'events'), 'utf8').includes('"attach"')) await setTimeout(20);
  expect(store.tsdocker('exec', 'it', 'touch', '/go')).toMatchObject({ status: 0 });
  // Stopped, it does not even read what the shim sends.
  client.kill('SIGSTOP');
  expect(store.tsdocker('wait', 'it')).toMatchObject({ status: 0, stdout: '0\n' });
  expect(agreed(store)).toEqual([{ name: 'it', id: started.stdout.trim(), status: 'exited' }]);
  client.kill('SIGKILL');
  await closed;
  client.stdout.destroy();
  return started.stdout.trim();
}

/** The log's files, the oldest first. */
function filesOf(id: string): string[] {
  const folder = join(store.root, 'container', id);
  const age = (name: string): number => Number(/json\.log\.(\d+)$/.exec(name)?.[1] ?? 0);
  return readdirSync(folder)
    .filter((name) => name.includes('-json.log'))
    .sort((one, other) => age(other) - age(one))
    .map((name) => join(folder, name));
}

/** Reads whole files and gives the number of the first and the last line; throws where one is missing, damaged or twice there. */
async function check(files: readonly string[]): Promise<{ first: number; last: number }> {
  const dots = '.'.repeat(51);
  let [first, next] = [-1, -1];
  for (const file of files) {
    let rest = '';
    for await (const piece of createReadStream(file, { encoding: 'latin1', highWaterMark: 2 ** 20 })) {
      const parts = (rest + piece).split('\n');
      rest = parts.pop()!;
      for (const line of parts) {
        const number = Number(line.slice(8, 20));
        if (first === -1) first = next = number;
        if (
          number !== next ||
          !line.startsWith(`{"log":"${line.slice(8, 20)} ${dots}\\n","stream":"stdout","time":"20`) ||
          !line.endsWith('Z"}')
        )
          throw new Error(`instead of line ${next} there is ${line}`);
        next++;
      }
    }
    if (rest !== '') throw new Error(`${file} ends with half a line`);
  }
  return { first, last: next - 1 };
}

test('1 GB with rotation: the end of it is there to the last line, whole', { timeout: 300_000 }, async () => {
  const id = await write('--log-opt', 'max-size=20m', '--log-opt', 'max-file=3');
  const files = filesOf(id);
  expect(files).toHaveLength(3);
  for (const file of files) expect(statSync(file).size).toBeLessThanOrEqual(20 * 2 ** 20);
  const { first, last } = await check(files);
  expect(last).toBe(lines - 1);
  expect(first).toBeGreaterThan(lines / 2);
  expect(store.tsdocker('logs', '--tail', '1', 'it').stdout).toMatch(new RegExp(`^0*${lines - 1} `));
  expect(await watch.settled([id])).toEqual([]);
  expect(JSON.parse(readFileSync(join(store.root, 'container', id, 'state'), 'utf8'))).not.toHaveProperty('lost');
});

const room = (): number => {
  const { bavail, bsize } = statfsSync(tmpdir());
  return bavail * bsize;
};

test.skipIf(process.env.TSDOCKER_FAULTS !== 'all' || room() < 8 * gigabyte)(
  '1 GB without rotation: every line is there, once and in order',
  { timeout: 600_000 },
  async () => {
    const id = await write();
    expect(await check(filesOf(id))).toEqual({ first: 0, last: lines - 1 });
    expect(await watch.settled([id])).toEqual([]);
  },
);

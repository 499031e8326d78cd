// tsdocker stats, and the engine's stream of figures behind it.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ContainerStats, containerStats } from '../../src/engine/stats.ts';
import { openStore } from '../../src/store/store.ts';
import { type Background, startBackground } from '../support/background.ts';
import { addBusybox } from '../support/busybox-image.ts';
import { makeStore, program, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
let busy: Background | undefined;
beforeAll(async () => {
  store = makeStore();
  await addBusybox(store.root, 'localhost/shell');
  busy = await startBackground(store.root, 'localhost/shell', 'while :; do :; done & :', '--name', 'busy');
  expect(store.tsdocker('run', '--network', 'none', '--name', 'ended', 'localhost/shell', 'true').status).toBe(0);
});
afterAll(async () => {
  await busy?.end();
  store[Symbol.dispose]();
});

const json = (text: string): Record<string, string>[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

test('a container that is busy uses time on the processors, and has a line in Docker’s table', () => {
  const { status, stdout, stderr } = store.tsdocker('stats', '--no-stream');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const [heading, line, ...others] = stdout.trimEnd().split('\n');
  expect(heading!.split(/ {3,}/)).toEqual(
    ['CONTAINER ID', 'NAME', 'CPU %', 'MEM USAGE / LIMIT', 'MEM %', 'NET I/O', 'BLOCK I/O', 'PIDS'].map((title) =>
      expect.stringMatching(new RegExp(`^${title} *$`)),
    ),
  );
  expect(line).toMatch(new RegExp(`^${busy!.id.slice(0, 12)} +busy +\\d+\\.\\d\\d% +`));
  expect(others).toEqual([]);
  expect(Number.parseFloat(/ ([\d.]+)%/.exec(line!)![1]!)).toBeGreaterThan(1);
});

test('with -a those that do not run are there, and use nothing', () => {
  const rows = json(store.tsdocker('stats', '--no-stream', '-a', '--format', 'json').stdout);
  expect(rows.map(({ Name }) => Name)).toEqual(['ended', 'busy']);
  expect(rows[0]).toMatchObject({ CPUPerc: '0.00%', MemUsage: '0B / 0B', NetIO: '0B / 0B', PIDs: '0' });
});

test('containers are shown as they were named, whole where that is wanted', () => {
  const words = ['--no-trunc', '--format', '{{.Container}} {{.Name}} {{.ID}}', busy!.id.slice(0, 8)];
  expect(store.tsdocker('container', 'stats', '--no-stream', ...words).stdout).toBe(
    `${busy!.id.slice(0, 8)} busy ${busy!.id}\n`,
  );
});

test('a name of nobody and a template that is none are refused at once', () => {
  expect(store.tsdocker('stats', 'busy', 'nobody')).toMatchObject({
    status: 125,
    stdout: '',
    stderr: expect.stringMatching(/^tsdocker: there is no container nobody\n/),
  });
  expect(store.tsdocker('stats', '--format', '{{.Name')).toMatchObject({ status: 125, stdout: '' });
});

test('a reader that has seen enough ends the stream', () => {
  const words = `exec "$0" stats --format '{{.Name}}' 2>&1 | head -n 1`;
  const env = { PATH: process.env.PATH, TSDOCKER_ROOT: store.root };
  expect(execFileSync('sh', ['-c', words, program], { env, encoding: 'utf8' })).toBe('busy\n');
});

test('a terminal is redrawn, until Ctrl-C', async () => {
  const child = spawn('script', ['-qec', `${program} stats`, '/dev/null'], {
    env: { PATH: process.env.PATH, TSDOCKER_ROOT: store.root, TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close') as Promise<[number]>;
  let output = '';
  let isEnded = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (!isEnded && output.split(' busy ').length > 2) {
      isEnded = true;
      child.stdin.write('\x03');
    }
  });
  expect((await closed)[0]).toBe(130);
  expect(output.startsWith('\x1b[2J\x1b[HCONTAINER ID ')).toBe(true);
  expect(output.split('\x1b[2J')).toHaveLength(2);
  expect(output.split('\x1b[J').at(-1)).toBe('^C');
});

/** Looks at these containers until `isEnough` says so. */
async function looks(
  names: readonly string[],
  isEnough: (containers: readonly ContainerStats[]) => boolean,
): Promise<void> {
  using opened = openStore(store.root);
  for await (const containers of containerStats(opened, names, { stream: true, interval: 20 })) {
    if (isEnough(containers)) return;
  }
}

test('a container that starts comes into a stream, one that ends uses nothing, and one that is removed drops out', async () => {
  using opened = openStore(store.root);
  const stream = containerStats(opened, [], { stream: true, all: true, interval: 20 });
  const reach = async (isReached: (late: ContainerStats | undefined) => boolean): Promise<void> => {
    for await (const containers of { [Symbol.asyncIterator]: () => ({ next: () => stream.next() }) }) {
      if (isReached(containers.find(({ name }) => name === 'late'))) return;
    }
  };
  await reach((late) => late === undefined);
  const late = await startBackground(store.root, 'localhost/shell', ':', '--name', 'late');
  await reach((stats) => stats?.cpuPercent !== undefined);
  await late.end();
  await reach((stats) => stats?.status === 'exited' && stats.cpuTime === undefined);
  expect(store.tsdocker('rm', 'late').status).toBe(0);
  await reach((stats) => stats === undefined);
  await stream.return();
});

test('a stream of named containers ends when none of them is left', async () => {
  const last = await startBackground(store.root, 'localhost/shell', ':', '--name', 'last', '--rm');
  let seen = 0;
  await looks(['last'], (containers) => {
    expect(containers.map(({ name }) => name)).toEqual(['last']);
    if (++seen === 2) void last.end();
    return false;
  });
  expect(seen).toBeGreaterThanOrEqual(2);
});

test('numbers are plain, and a look says when it was', async () => {
  using opened = openStore(store.root);
  const before = Date.now();
  const { value } = await containerStats(opened, ['busy']).next();
  expect(value).toMatchObject([
    {
      id: busy!.id,
      name: 'busy',
      asked: 'busy',
      status: 'running',
      received: 0,
      sent: 0,
      pids: 2,
      cpuPercent: expect.any(Number),
      cpuTime: expect.any(Number),
      readAt: expect.any(Number),
    },
  ]);
  expect((value as ContainerStats[])[0]!.readAt).toBeGreaterThanOrEqual(before);
});

test('what its network devices send is counted, and the host’s network is not its own', async () => {
  const device = ['ip', 'link', 'add', 'counted', 'type', 'veth', 'peer', 'name', 'other'];
  const inside = (...words: string[]) => execFileSync('nsenter', ['-n', '-t', String(busy!.pid), ...words]);
  inside(...device);
  for (const name of ['counted', 'other']) inside('ip', 'link', 'set', name, 'up');
  // Coming up, the two devices announce themselves to each other.
  await looks(['busy'], ([stats]) => stats!.sent! > 0 && stats!.received! > 0);
  const hosts = await startBackground(store.root, 'localhost/shell', ':', '--name', 'hosts', '--net', 'host');
  await looks(['hosts'], ([stats]) => {
    expect(stats).not.toHaveProperty('sent');
    return true;
  });
  await hosts.end();
});

test('a stream is given up with the reason of its signal', async () => {
  using opened = openStore(store.root);
  const reason = new Error('enough');
  const controller = new AbortController();
  const stream = containerStats(opened, [], { stream: true, interval: 20, signal: controller.signal });
  await stream.next();
  controller.abort(reason);
  await expect(stream.next()).rejects.toBe(reason);
});

// tsdocker logs, on logs that the tests write into the bundles of containers that ended, as the shim does (native/log.c).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeStore, program, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
beforeAll(() => {
  store = makeStore();
});
afterAll(() => store[Symbol.dispose]());

let made = 0;

/** A container that ended and said nothing; its name and where its log is. */
function silent(...flags: string[]): { name: string; path: string } {
  const name = `silent${made++}`;
  const ended = store.tsdocker('run', '--network', 'none', '--name', name, ...flags, 'localhost/busybox', 'true');
  if (ended.status !== 0) throw new Error(ended.stderr);
  const id = store.tsdocker('ps', '-aq', '--no-trunc').stdout.split('\n')[0]!; // the newest
  const path = join(store.root, 'container', id, `${id}-json.log`);
  for (const other of readdirSync(join(path, '..'))) if (other.includes('json.log')) rmSync(join(path, '..', other));
  return { name, path };
}

const entry = (text: string, second = 0, stream = 'stdout'): string =>
  `${JSON.stringify({ log: text, stream, time: new Date(Date.UTC(2026, 0, 31, 10, 0, second)).toISOString().replace(/\.?0*Z$/, 'Z') })}\n`;

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

function rotate(path: string, files = 5): void {
  for (let age = files - 1; age > 0; age--) {
    const from = age > 1 ? `${path}.${age - 1}` : path;
    if (existsSync(from)) renameSync(from, `${path}.${age}`);
  }
}

/** `logs` in the background. */
function start(...words: string[]) {
  const client = spawn(program, ['logs', ...words], { env: { PATH: process.env.PATH, TSDOCKER_ROOT: store.root } });
  const output = { stdout: '', stderr: '' };
  client.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  client.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const closed = once(client, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  return {
    client,
    output,
    closed,
    async until(text: string) {
      while (!output.stdout.includes(text)) {
        if (client.exitCode !== null) throw new Error(`ended with ${client.exitCode}: ${output.stderr}`);
        await setTimeout(5);
      }
    },
  };
}

test('output goes where the container wrote it to, as it was', () => {
  const { name, path } = silent();
  writeFileSync(
    path,
    entry('one\n') + entry('\u001b[1mtwo\0\n', 1, 'stderr') + entry('thr', 2) + entry('ee\n', 2) + entry('é', 3),
  );
  const whole = { status: 0, stdout: 'one\nthree\né', stderr: '\u001b[1mtwo\0\n' };
  expect(store.tsdocker('logs', name)).toEqual(whole);
  expect(store.tsdocker('container', 'logs', '--details', '-f', name)).toEqual(whole);
});

test('-t prints the time of each entry with nine digits', () => {
  const { name, path } = silent();
  writeFileSync(path, entry('one\n') + entry('two\n', 1).replace('01Z', '01.0201Z'));
  expect(store.tsdocker('logs', '-t', name).stdout).toBe(
    '2026-01-31T10:00:00.000000000Z one\n2026-01-31T10:00:01.020100000Z two\n',
  );
});

test('--details prints what log options add, sorted and escaped', () => {
  const { name, path } = silent();
  writeFileSync(path, entry('one\n').replace('}', ',"attrs":{"tag":"a b","env":"x=1"}}') + entry('two\n'));
  expect(store.tsdocker('logs', '--details', name).stdout).toBe('env=x%3D1,tag=a+b one\ntwo\n');
});

test.each([
  ['0', 0],
  ['1', 1],
  ['5', 5],
  ['17', 17],
  ['30', 30],
  ['1000', 30],
  ['all', 30],
  ['-1', 30],
])('--tail %s of 30 lines in three files prints %d', (tail, count) => {
  const { name, path } = silent();
  for (const file of range(0, 3)) {
    rotate(path);
    writeFileSync(
      path,
      range(file * 10, file * 10 + 10)
        .map((line) => entry(`${line}\n`))
        .join(''),
    );
  }
  const expected = range(30 - count, 30).map((line) => `${line}\n`);
  expect(store.tsdocker('logs', '--tail', tail, name)).toEqual({ status: 0, stdout: expected.join(''), stderr: '' });
});

test.each([
  [
    ['--since', '2026-01-31T10:00:03Z'],
    [3, 4, 5],
  ],
  [
    ['--until', '2026-01-31T10:00:03Z'],
    [0, 1, 2, 3],
  ],
  [
    ['--since', '1769853602', '--until', '1769853603.999999999'],
    [2, 3],
  ],
  [['--since', '2026-01-31T12:00:04.000000001+02:00'], [5]],
  [['--since', '10m'], []],
  [
    ['--until', '10m'],
    [0, 1, 2, 3, 4, 5],
  ],
  [
    ['--since', '0', '--until', '0'],
    [0, 1, 2, 3, 4, 5],
  ],
  [
    ['--since', '', '--until', '', '--tail', ''],
    [0, 1, 2, 3, 4, 5],
  ],
  [['--tail', '2', '--until', '2026-01-31T10:00:04Z'], [4]],
])('%j prints the lines %j', (flags, expected) => {
  const { name, path } = silent();
  writeFileSync(
    path,
    range(0, 6)
      .map((second) => entry(`${second}\n`, second))
      .join(''),
  );
  expect(store.tsdocker('logs', ...flags, name).stdout).toBe(expected.map((line) => `${line}\n`).join(''));
});

test.each([
  [['--tail', 'many'], 'the value "many" of --tail is no number of lines'],
  [['--tail', '1.5'], 'the value "1.5" of --tail is no number of lines'],
  [['--since', 'yesterday'], 'the value "yesterday" of --since is not a time'],
  [['--until', '2026-13-01'], 'the value "2026-13-01" of --until is not a time'],
])('%j is refused', (flags, message) => {
  const refused = store.tsdocker('logs', ...flags, 'any');
  expect(refused).toMatchObject({ status: 125, stdout: '' });
  expect(refused.stderr.split('\n')[0]).toBe(`tsdocker: ${message}`);
});

test('a container that is not there', () => {
  expect(store.tsdocker('logs', 'nobody')).toMatchObject({ status: 125, stdout: '' });
  expect(store.tsdocker('logs', 'nobody').stderr).toMatch(/^tsdocker: there is no container nobody\n/);
});

test('a container that said nothing, also followed', () => {
  const { name } = silent();
  for (const flags of [[], ['-f'], ['--tail', '3']]) {
    expect(store.tsdocker('logs', ...flags, name)).toEqual({ status: 0, stdout: '', stderr: '' });
  }
});

test('the log driver none keeps nothing to read', () => {
  const { name } = silent('--log-driver', 'none');
  const refused = store.tsdocker('logs', name);
  expect(refused).toMatchObject({ status: 125, stdout: '' });
  expect(refused.stderr).toMatch(/configured logging driver \(none\) does not support reading/);
});

test('damaged lines are left out, counted, and no reason to fail; half a last line is not there', () => {
  const { name, path } = silent();
  writeFileSync(path, `${entry('one\n')}{"log":"ha\n\0\0\0\n${entry('two\n')}${entry('three\n').slice(0, 20)}`);
  expect(store.tsdocker('logs', name)).toEqual({
    status: 0,
    stdout: 'one\ntwo\n',
    stderr: `tsdocker: 2 damaged lines of the log of ${name} were left out\n`,
  });
});

test('a reader that has seen enough ends it', async () => {
  const { name, path } = silent();
  writeFileSync(path, entry(`${'x'.repeat(1000)}\n`).repeat(5000));
  const { client, closed, output } = start(name);
  await once(client.stdout, 'data');
  client.stdout.destroy();
  expect(await closed).toEqual([0, null]);
  expect(output.stderr).toBe('');
});

test('millions of bytes arrive whole and in order, through a reader that is slow', async () => {
  const { name, path } = silent();
  const lines = range(0, 60_000).map((line) => `${line} ${'x'.repeat(line % 300)}\n`);
  for (const file of range(0, 3)) {
    rotate(path);
    writeFileSync(
      path,
      lines
        .slice(file * 20_000, file * 20_000 + 20_000)
        .map((line) => entry(line))
        .join(''),
    );
  }
  const { client, closed, output } = start(name);
  client.stdout.pause();
  await setTimeout(300);
  client.stdout.resume();
  expect(await closed).toEqual([0, null]);
  expect(output.stdout === lines.join('')).toBe(true);
});

test('who does not follow is not kept by a container that never stops talking', async () => {
  const { name, path } = silent();
  writeFileSync(path, entry('one\n'));
  const { closed, output } = start(name);
  let open = true;
  closed.then(() => {
    open = false;
  });
  while (open) {
    appendFileSync(path, entry('more\n').repeat(1000));
    await setTimeout(1);
  }
  expect(await closed).toEqual([0, null]);
  expect(output.stdout).toMatch(/^one\n/);
});

let running = 0;

/** `run -d`; its id. */
function detached(script: string, ...flags: string[]): string {
  const words = ['run', '-d', '--network', 'none', ...flags, 'localhost/busybox', 'sh', '-c', script];
  const { status, stdout, stderr } = store.tsdocker(...words);
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
}

/** A container that runs and says nothing, so that its log is the test's. */
function asleep() {
  const id = detached('exec sleep 1000', '--name', `asleep${running++}`);
  return {
    id,
    path: join(store.root, 'container', id, `${id}-json.log`),
    end: () => expect(store.tsdocker('kill', id).status).toBe(0),
  };
}

test('-f follows over rotations until the container ends', async () => {
  const { id, path, end } = asleep();
  writeFileSync(path, entry('begin\n'));
  const { closed, until, output } = start('-f', id);
  await until('begin');
  for (const line of range(0, 3000)) {
    if (line % 100 === 99) rotate(path, 100);
    if (line % 50 === 0) await setTimeout(1);
    const text = entry(`${line}\n`);
    appendFileSync(path, text.slice(0, 10));
    appendFileSync(path, text.slice(10));
  }
  end();
  expect(await closed).toEqual([0, null]);
  expect(output.stdout).toBe(
    `begin\n${range(0, 3000)
      .map((line) => `${line}\n`)
      .join('')}`,
  );
});

test('-f --tail 0 prints only what is new', async () => {
  const { id, path, end } = asleep();
  writeFileSync(path, entry('old\n'));
  const { closed, until, output } = start('-f', '--tail', '0', id);
  for (let line = 0; output.stdout === ''; line++) {
    appendFileSync(path, entry(`new${line}\n`));
    await setTimeout(20);
  }
  appendFileSync(path, entry('last\n'));
  await until('last');
  end();
  expect(await closed).toEqual([0, null]);
  expect(output.stdout).toMatch(/^(new\d+\n)+last\n$/);
});

test('-f --until ends then, though the container goes on', async () => {
  const { id, path, end } = asleep();
  writeFileSync(path, entry('old\n'));
  const { closed, output } = start('-f', '--until', '-1s', id);
  expect(await closed).toEqual([0, null]);
  expect(output.stdout).toBe('old\n');
  end();
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends -f without a word and with status %d; the container goes on', async (signal, status) => {
  const { id, path, end } = asleep();
  writeFileSync(path, entry('begin\n'));
  const { client, closed, until, output } = start('-f', id);
  await until('begin');
  client.kill(signal);
  expect(await closed).toEqual([status, null]);
  expect(output.stderr).toBe('');
  expect(store.tsdocker('ps', '-q', '--no-trunc').stdout).toContain(id);
  end();
});

test('Ctrl-C ends it while its reader does not read', async () => {
  const { id, path, end } = asleep();
  writeFileSync(path, entry(`${'x'.repeat(1000)}\n`).repeat(5000));
  const { client, closed } = start('-f', id);
  await once(client.stdout, 'data');
  client.stdout.pause();
  await setTimeout(200);
  client.kill('SIGINT');
  await once(client, 'exit');
  client.stdout.resume();
  expect(await closed).toEqual([130, null]);
  end();
});

test('-f ends when the container is removed', async () => {
  const { id, path } = asleep();
  writeFileSync(path, entry('begin\n'));
  const { closed, until } = start('-f', id);
  await until('begin');
  expect(store.tsdocker('rm', '-f', id).status).toBe(0);
  expect(await closed).toEqual([0, null]);
});

test('a pipe that is closed ends -f with the next line', async () => {
  const { id, path, end } = asleep();
  writeFileSync(path, entry('begin\n'));
  const { client, closed, until, output } = start('-f', id);
  await until('begin');
  client.stdout.destroy();
  while (client.exitCode === null) {
    appendFileSync(path, entry('more\n'));
    await setTimeout(20);
  }
  expect(await closed).toEqual([0, null]);
  expect(output.stderr).toBe('');
  end();
});

test('what a container says is all there when it has ended, each stream in its order', async () => {
  const id = detached('i=0; while [ $i -lt 3000 ]; do echo out$i; echo err$i >&2; i=$((i+1)); done; printf end');
  const { closed, output } = start('-f', id);
  expect(await closed).toEqual([0, null]);
  const both = {
    stdout: range(0, 3000)
      .map((line) => `out${line}\n`)
      .join('')
      .concat('end'),
    stderr: range(0, 3000)
      .map((line) => `err${line}\n`)
      .join(''),
  };
  expect(output).toEqual(both);
  expect(store.tsdocker('logs', id)).toEqual({ status: 0, ...both });
});

test('bytes of any kind, and lines of any length', () => {
  const id = detached(
    'head -c 100000 /dev/zero | tr "\\0" x; echo; printf "\\033[1m\\t<&>\\\\\\"é\\r\\n\\n"; printf "\\377."',
  );
  store.tsdocker('wait', id);
  expect(store.tsdocker('logs', id).stdout).toBe(`${'x'.repeat(100_000)}\n\u001b[1m\t<&>\\"é\r\n\n\ufffd.`);
  expect(store.tsdocker('logs', '--tail', '1', id).stdout).toBe('\ufffd.');
});

test('what a terminal shows is logged as stdout', () => {
  const id = detached('echo one; echo two >&2', '-t');
  store.tsdocker('wait', id);
  expect(store.tsdocker('logs', id)).toEqual({ status: 0, stdout: 'one\r\ntwo\r\n', stderr: '' });
});

test('a container whose log is rotated again and again is followed whole', async () => {
  const id = detached('seq 20000', '--log-opt', 'max-size=20k', '--log-opt', 'max-file=100');
  const { closed, output } = start('-f', id);
  expect(await closed).toEqual([0, null]);
  const all = range(1, 20_001).map((line) => `${line}\n`);
  expect(output.stdout === all.join('')).toBe(true);
  expect(store.tsdocker('logs', id).stdout === all.join('')).toBe(true);
  expect(store.tsdocker('logs', '--tail', '777', id).stdout).toBe(all.slice(-777).join(''));
});

test('a log of which files go faster than anybody can read has no line twice, and ends with the last one', async () => {
  const id = detached('seq 2000', '--log-opt', 'max-size=1', '--log-opt', 'max-file=3');
  const { closed, output } = start('-f', id);
  expect(await closed).toEqual([0, null]);
  const lines = output.stdout.trimEnd().split('\n').map(Number);
  expect(lines.every((line, index) => index === 0 || line > lines[index - 1]!)).toBe(true);
  expect(lines.slice(-3)).toEqual([1998, 1999, 2000]);
  expect(store.tsdocker('logs', id).stdout).toBe('1998\n1999\n2000\n');
});

test('-f goes on over restarts by the policy', async () => {
  const id = detached('echo again; exit 3', '--restart', 'on-failure:2');
  const { closed, output } = start('-f', id);
  expect(await closed).toEqual([0, null]);
  expect(output.stdout).toBe('again\n'.repeat(3));
});

test('-f waits for a container that is paused', async () => {
  const id = detached('i=0; while :; do echo $i; i=$((i+1)); sleep 0.05; done');
  const { client, closed, until } = start('-f', id);
  await until('\n3\n');
  expect(store.tsdocker('pause', id).status).toBe(0);
  await setTimeout(1500);
  expect(client.exitCode).toBe(null);
  expect(store.tsdocker('unpause', id).status).toBe(0);
  expect(store.tsdocker('kill', id).status).toBe(0);
  expect(await closed).toEqual([0, null]);
});

test('the time that -t prints is a --since that begins with that very line', () => {
  const id = detached('seq 100');
  store.tsdocker('wait', id);
  const stamped = store.tsdocker('logs', '-t', id).stdout.trimEnd().split('\n');
  const [time = ''] = stamped[50]!.split(' ');
  const first = stamped.findIndex((line) => line.startsWith(time));
  expect(store.tsdocker('logs', '-t', '--since', time, id).stdout).toBe(`${stamped.slice(first).join('\n')}\n`);
});

import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type StreamOptions, streamLog } from './stream.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-log-'));
  path = join(folder, 'json.log');
});
afterEach(() => rmSync(folder, { recursive: true }));

const line = (text: string | number): string =>
  `{"log":"${text}\\n","stream":"stdout","time":"2026-01-31T10:00:00.5Z"}\n`;
const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => line(from + i)).join('');

/** As native/log.c does it. */
function rotate(files = 100): void {
  for (let age = files - 1; age > 0; age--) {
    const from = age > 1 ? `${path}.${age - 1}` : path;
    if (existsSync(from)) renameSync(from, `${path}.${age}`);
  }
}

const place = () => ({ folder, name: 'json.log' });

/** What is read, without the newlines, and how many damaged lines there were. */
async function read(options: StreamOptions = {}): Promise<{ texts: string[]; damaged: number }> {
  const read = { texts: [] as string[], damaged: 0 };
  for await (const { entries, damaged } of streamLog(place(), options)) {
    for (const { text } of entries) read.texts.push(text.slice(0, -1));
    read.damaged += damaged;
  }
  return read;
}

const texts = async (options?: StreamOptions) => (await read(options)).texts;
const numbers = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => String(from + i));

/** A follower whose container runs until `end` is called. */
function follow(tail?: number) {
  let running = true;
  const seen: string[] = [];
  const done = (async () => {
    const stream = streamLog(place(), { tail, follow: () => (running ? Number.POSITIVE_INFINITY : 0) });
    for await (const { entries } of stream) seen.push(...entries.map(({ text }) => text.slice(0, -1)));
  })();
  return {
    async until(count: number) {
      while (seen.length < count) await setTimeout(1);
    },
    async end() {
      running = false;
      await done;
      return seen;
    },
  };
}

test('a log that is not there is empty', async () => {
  expect(await read()).toEqual({ texts: [], damaged: 0 });
  expect(await texts({ tail: 5 })).toEqual([]);
  rmSync(folder, { recursive: true });
  expect(await texts()).toEqual([]);
  expect(await texts({ follow: () => 0 })).toEqual([]);
  expect(await follow().end()).toEqual([]);
  writeFileSync(folder, '');
});

test('rotated files are read before the current one, the oldest first', async () => {
  for (let file = 0; file < 12; file++) {
    rotate();
    writeFileSync(path, lines(file * 10, file * 10 + 10));
  }
  expect(await texts()).toEqual(numbers(0, 120));
  unlinkSync(`${path}.5`);
  expect(await texts()).toEqual([...numbers(0, 60), ...numbers(70, 120)]);
  unlinkSync(path);
  expect(await texts()).toEqual([...numbers(0, 60), ...numbers(70, 110)]);
});

test('what only looks like a file of the log is none', async () => {
  writeFileSync(path, lines(0, 1));
  for (const name of ['.0', '.01', '.1x', '.-1', '.new', '1', '.999999999']) writeFileSync(path + name, lines(5, 6));
  expect(await texts()).toEqual(['0']);
});

test('a last line without its newline is not there yet', async () => {
  writeFileSync(path, lines(0, 3) + line(3).trimEnd());
  expect(await read()).toEqual({ texts: numbers(0, 3), damaged: 0 });
  expect(await texts({ tail: 2 })).toEqual(numbers(1, 3));
  expect(await texts({ tail: 0 })).toEqual([]);
  writeFileSync(path, line(3).slice(0, 5));
  expect(await texts({ tail: 2 })).toEqual([]);
});

test('damaged lines in the middle are left out and counted', async () => {
  writeFileSync(path, `${line(0)}{"log":"ha\n${'\0'.repeat(500)}\n\n${line(1)}[]\n${line(2)}`);
  expect(await read()).toEqual({ texts: numbers(0, 3), damaged: 4 });
  expect(await texts({ tail: 2 })).toEqual(numbers(1, 3));
  expect(await texts({ tail: 3 })).toEqual(numbers(0, 3));
});

test.each([1000, 2 ** 18 - 1, 2 ** 18, 2 ** 20 - 70])('a line of %d bytes is read', async (size) => {
  writeFileSync(path, line(0) + line('x'.repeat(size)) + line(2));
  expect(await texts()).toEqual(['0', 'x'.repeat(size), '2']);
  expect(await texts({ tail: 2 })).toEqual(['x'.repeat(size), '2']);
});

test.each([2 ** 20 + 1, 2 ** 22, 2 ** 24 + 5])('a line of %d bytes is damaged', async (size) => {
  writeFileSync(path, line(0) + line('x'.repeat(size)) + line(2));
  expect(await read()).toEqual({ texts: ['0', '2'], damaged: 1 });
  expect(await texts({ tail: 2 })).toEqual(['0', '2']);
});

test('a file without any newline has no lines', async () => {
  writeFileSync(path, 'x'.repeat(2 ** 22));
  expect(await read()).toEqual({ texts: [], damaged: 0 });
  expect(await texts({ tail: 2 })).toEqual([]);
});

test.each([0, 1, 2, 9, 10, 11, 19, 20, 21, 30, 31, 1000])('the last %d lines, over rotated files', async (tail) => {
  for (let file = 0; file < 3; file++) {
    rotate();
    writeFileSync(path, lines(file * 10, file * 10 + 10));
  }
  expect(await texts({ tail })).toEqual(numbers(Math.max(0, 30 - tail), 30));
});

test('the last lines are the same wherever blocks end', async () => {
  for (let size = 2 ** 16 - 80; size < 2 ** 16 + 80; size++) {
    writeFileSync(path, line(0) + line(1) + line('x'.repeat(size)) + line(3));
    expect(await texts({ tail: 3 })).toEqual(['1', 'x'.repeat(size), '3']);
  }
});

test('who does not follow gets what was there when he came', async () => {
  writeFileSync(path, lines(0, 1000));
  const seen: string[] = [];
  for await (const { entries } of streamLog(place(), {})) {
    seen.push(...entries.map(({ text }) => text.slice(0, -1)));
    appendFileSync(path, lines(1000, 2000));
    rotate();
    writeFileSync(path, lines(2000, 3000));
  }
  expect(seen).toEqual(numbers(0, 1000));
});

test('following goes on with each line as it is finished', async () => {
  writeFileSync(path, lines(0, 3));
  const follower = follow(1);
  await follower.until(1);
  appendFileSync(path, line(3).slice(0, 7));
  appendFileSync(path, line(3).slice(7) + line(4).slice(0, 1));
  await follower.until(2);
  appendFileSync(path, line(4).slice(1) + line(5));
  expect(await follower.end()).toEqual(numbers(2, 6));
});

test('following begins before there is a log', async () => {
  const follower = follow();
  await setTimeout(20);
  writeFileSync(path, lines(0, 3));
  await follower.until(3);
  expect(await follower.end()).toEqual(numbers(0, 3));
});

test('a log that is rotated under a follower is told once and whole', async () => {
  writeFileSync(path, '');
  const follower = follow();
  const count = 20_000;
  for (let next = 0; next < count; ) {
    rotate(500);
    // Sometimes there is no file for a moment, and sometimes the follower is asleep for several rotations.
    if (next % 7 === 0) await setTimeout(0);
    const some = Math.min(count - next, 1 + ((next * 7919) % 150));
    appendFileSync(path, lines(next, next + some));
    if (next % 3 === 0) await setTimeout(0);
    next += some;
  }
  expect(await follower.end()).toEqual(numbers(0, count));
});

test('a log of one file that is begun anew is told once and whole as long as the follower keeps up', async () => {
  const follower = follow();
  for (let file = 0; file < 20; file++) {
    rmSync(path, { force: true });
    writeFileSync(path, lines(file * 10, file * 10 + 10));
    await follower.until(file * 10 + 10);
  }
  expect(await follower.end()).toEqual(numbers(0, 200));
});

test('what the shim takes back is not told again', async () => {
  writeFileSync(path, lines(0, 5) + line(5).slice(0, 9));
  const follower = follow();
  await follower.until(5);
  truncateSync(path, lines(0, 5).length);
  appendFileSync(path, line('new'));
  await follower.until(6);
  truncateSync(path, lines(0, 3).length);
  await setTimeout(50); // shorter than what was read: as long as nobody looks, the file only seems to grow
  appendFileSync(path, line('later'));
  await follower.until(7);
  truncateSync(path, 0);
  await setTimeout(50);
  appendFileSync(path, line('last'));
  expect(await follower.end()).toEqual([...numbers(0, 5), 'new', 'later', 'last']);
});

test('the bundle goes while it is followed: what is open is read to its end', async () => {
  for (let file = 0; file < 3; file++) {
    rotate();
    writeFileSync(path, lines(file * 10, file * 10 + 10));
  }
  let rounds = 0;
  const seen: string[] = [];
  for await (const { entries } of streamLog(place(), { follow: () => (rounds++ === 0 ? 1000 : 0) })) {
    for (const name of readdirSync(folder)) unlinkSync(join(folder, name));
    seen.push(...entries.map(({ text }) => text.slice(0, -1)));
  }
  expect(seen).toEqual(numbers(0, 30));
});

test('no descriptor is left, however it ends', async () => {
  const open = () =>
    readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder);
      } catch {
        return false;
      }
    });
  for (let file = 0; file < 4; file++) {
    rotate();
    writeFileSync(path, lines(0, 10));
  }
  await texts({ tail: 15 });
  expect(open()).toEqual([]);
  for await (const _ of streamLog(place(), { follow: () => 1000 })) break;
  expect(open()).toEqual([]);
  const controller = new AbortController();
  const reason = new Error('enough');
  await expect(
    (async () => {
      for await (const _ of streamLog(place(), { follow: () => 1000, signal: controller.signal })) {
        void setTimeout(5).then(() => controller.abort(reason));
      }
    })(),
  ).rejects.toBe(reason);
  expect(open()).toEqual([]);
});

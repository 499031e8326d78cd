// The log of a container, written by native/log.c under the sanitizers, against a model in JavaScript, against Docker's own, and on
// a full disk: whatever a container says, each line of the log is whole, in order, and JSON.
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dockerString, encodeOrders, expectedLines, goText, type LogLine, type Order } from '../support/log-model.ts';
import { buildDriver, runDriver } from '../support/native-programs.ts';
import { DockerPeer } from '../support/seccomp-peer.ts';

let folder: string;
let driver: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-log-'));
  driver = buildDriver('log', folder, ['log.c']);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const stdout = (bytes: Buffer | string): Order => ({ kind: 'stdout', bytes: Buffer.from(bytes) });
const stderr = (bytes: Buffer | string): Order => ({ kind: 'stderr', bytes: Buffer.from(bytes) });
const ends: readonly Order[] = [{ kind: 'end of stdout' }, { kind: 'end of stderr' }];

/** Runs the orders on a new log and gives its files, the oldest first, each as its lines. */
function write(name: string, orders: readonly Order[], maxSize = 0, maxFiles = 1): string[][] {
  expect(runDriver(driver, [folder, name, `${maxSize}`, `${maxFiles}`], encodeOrders(orders))).toBe('0\n');
  return filesOf(name);
}

function filesOf(name: string): string[][] {
  const ages = readdirSync(folder).filter((file) => file === name || file.startsWith(`${name}.`));
  const age = (file: string) => Number(file.slice(name.length + 1));
  return ages.sort((a, b) => age(b) - age(a)).map((file) => linesOf(readFileSync(join(folder, file), 'utf8')));
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  expect(lines.pop()).toBe('');
  return lines;
}

/** Holds each line to what is expected: to the byte up to the time, and as JSON. */
function expectLines(lines: readonly string[], expected: readonly LogLine[]): void {
  expect(lines.length).toBe(expected.length);
  let before = '';
  lines.forEach((line, index) => {
    const { stream, bytes } = expected[index]!;
    const start = `{"log":${dockerString(bytes)},"stream":"${stream}","time":"`;
    if (!line.startsWith(start)) expect(line).toBe(start); // not each time: it would be most of the test's time
    const parsed = JSON.parse(line);
    if (parsed.log !== goText(bytes)) expect(parsed.log).toBe(goText(bytes));
    expect(Object.keys(parsed)).toEqual(['log', 'stream', 'time']);
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?Z$/.test(parsed.time)) expect(parsed.time).toBe('RFC 3339');
    const time = parsed.time.replace(/(?:\.(\d+))?Z$/, (_: string, digits = '') => `.${digits.padEnd(9, '0')}`);
    if (time < before) expect(time).toBe(`not before ${before}`);
    before = time;
  });
}

test('lines of both streams stand in the order of their ends, with the present time', () => {
  const orders = [stdout('one\ntw'), stderr('error\n'), stdout('o\n\nthr'), stderr('more'), ...ends];
  const [lines] = write('order', orders);
  expect(lines!.map((line) => JSON.parse(line)).map(({ log, stream }) => [stream, log])).toEqual([
    ['stdout', 'one\n'],
    ['stderr', 'error\n'],
    ['stdout', 'two\n'],
    ['stdout', '\n'],
    ['stdout', 'thr'],
    ['stderr', 'more'],
  ]);
  expect(Math.abs(Date.parse(JSON.parse(lines![0]!).time) - Date.now())).toBeLessThan(120_000);
});

/** Numbers below a bound, the same ones for the same seed (xorshift32). */
function numbers(seed: number): (bound: number) => number {
  let state = Math.imul(seed, 0x9e37_79b1) | 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

const words = [
  ...[
    'plain text, as most of it is, and longer than a block of sixteen bytes',
    'é',
    '\u2028',
    '\u2029',
    '\ufffd',
    '漢字',
    '😀',
  ],
  ...[
    '\t',
    '\r\n',
    '\n',
    '\n\n',
    '\0',
    '\x1b[31m',
    '\x7f',
    '"',
    '\\',
    '<a href="x">&amp;</a>',
    '\u07ff\u0800\uffff',
    '\u{10ffff}',
  ],
].map((word) => Buffer.from(word));
const broken = ['80', 'c0af', 'c3', 'e282', 'eda080', 'e08080', 'f08080af', 'f09f98', 'f4908080', 'f5', 'ff', 'fe'].map(
  (hex) => Buffer.from(hex, 'hex'),
);

/** What a container may say: words, broken UTF-8, noise, and lines that are longer than a piece. */
function babble(below: (bound: number) => number): Buffer {
  const parts: Buffer[] = [];
  for (let count = below(60); count >= 0; count--) {
    const kind = below(20);
    if (kind < 12) parts.push(words[below(words.length)]!);
    else if (kind < 16) parts.push(broken[below(broken.length)]!);
    else if (kind < 18) parts.push(Buffer.from(Array.from({ length: below(200) }, () => below(256))));
    else if (kind < 19) parts.push(Buffer.alloc(16_370 + below(40), 'long '));
    else parts.push(Buffer.concat([Buffer.alloc(below(4), 'x'), Buffer.alloc(3 * below(12_000), '漢')]));
  }
  return Buffer.concat(parts);
}

/** The same in pieces of any size, among both streams, now and then with a new shim. */
function randomOrders(seed: number): Order[] {
  const below = numbers(seed);
  const orders: Order[] = [];
  for (const stream of [stdout, stderr, stdout, stdout]) {
    const bytes = babble(below);
    const largest = [3, 50, 5000, 100_000][below(4)]!;
    for (let at = 0, left = 3000; at < bytes.length && left > 0; left--) {
      const size = 1 + below(largest);
      orders.push(stream(bytes.subarray(at, at + size)));
      at += size;
      if (below(20) === 0) orders.push(stderr('between\n'));
      if (below(100) === 0) orders.push({ kind: 'a new shim' });
    }
  }
  return [...orders, ...ends];
}

const seeds = Array.from({ length: 24 }, (_, index) => index + 1);

test.each(seeds)('random output in random pieces makes the lines that the model makes (seed %d)', (seed) => {
  const orders = randomOrders(seed);
  const [lines] = write(`random-${seed}`, orders);
  expectLines(lines!, expectedLines(orders));
});

test.each(seeds.slice(0, 10))(
  'with rotation no file is larger than asked, and no line is lost or out of order (seed %d)',
  (seed) => {
    const orders = randomOrders(seed);
    const maxSize = [300, 1000, 4000, 60_000, 1_000_000][seed % 5]!;
    const files = write(`many-${seed}`, orders, maxSize, 1_000_000);
    for (const lines of files) {
      const size = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
      expect(lines.length === 1 || size <= maxSize).toBe(true);
    }
    const expected = expectedLines(orders);
    expectLines(files.flat(), expected);
    for (const count of [1, 3]) {
      const kept = write(`some-${count}-${seed}`, orders, maxSize, count);
      expect(kept.length).toBe(Math.min(count, files.length));
      expectLines(kept.flat(), expected.slice(-kept.flat().length));
    }
  },
);

test('rotation begins where a line would make the file too large, and takes what is there already into account', () => {
  const line = stdout(`${'x'.repeat(99)}\n`);
  const [one] = write('exact', [line, line]);
  const room = one!.reduce((size, text) => size + text.length + 1, 0) + 40; // the time may be shorter
  write('exact', [line], room, 2);
  expect(filesOf('exact').map((lines) => lines.length)).toEqual([2, 1]);
});

test('a gap among the old files is filled, and no file becomes older for it', () => {
  for (const age of ['.1', '.3']) writeFileSync(join(folder, `gap${age}`), `{"log":"old ${age}"}\n`);
  write('gap', [stdout('one\n'), stdout('two\n')], 1, 5);
  expect(readFileSync(join(folder, 'gap.3'), 'utf8')).toContain('old .3');
  expect(readFileSync(join(folder, 'gap.2'), 'utf8')).toContain('old .1');
  expect(readFileSync(join(folder, 'gap.1'), 'utf8')).toContain('one');
});

test.each([
  ['half a line', '{"log":"half a li'],
  ['a line without its newline', '{"log":"x\\n","stream":"stdout","time":"2026-01-01T00:00:00Z"}'],
  ['a long line', `{"log":"${'x'.repeat(20_000)}`],
])('%s that a killed shim left is cut off', (_, left) => {
  const name = `left-${left.length}`;
  write(name, [stdout('whole\n')]);
  appendFileSync(join(folder, name), left);
  const [lines] = write(name, [stdout('next\n')]);
  expect(lines!.map((line) => JSON.parse(line).log)).toEqual(['whole\n', 'next\n']);
  writeFileSync(join(folder, name), left);
  expect(write(name, [])).toEqual([[]]);
});

test('a log that someone emptied goes on from its beginning', () => {
  const name = 'emptied';
  write(name, [stdout('before\n')]);
  writeFileSync(join(folder, name), '');
  const [lines] = write(name, [stdout('after\n')]);
  expect(lines!.map((line) => JSON.parse(line).log)).toEqual(['after\n']);
  expect(statSync(join(folder, name)).mode & 0o777).toBe(0o640);
});

test('a log is not written through a link', () => {
  execFileSync('ln', ['-s', 'elsewhere', join(folder, 'linked')]);
  expect(() => runDriver(driver, [folder, 'linked', '0', '1'], encodeOrders([stdout('x\n')]))).toThrow('ended with 3');
  expect(existsSync(join(folder, 'elsewhere'))).toBe(false);
});

test('the largest line there can be fits behind a batch that is almost full', () => {
  const orders = [stdout(Buffer.concat([Buffer.alloc(32_600, `${'x'.repeat(9)}\n`), Buffer.alloc(16_384)])), ...ends];
  const almost = Buffer.concat([Buffer.alloc(16_000, '\0'.repeat(79).concat('\n')), Buffer.alloc(64_000)]);
  for (const list of [orders, [stdout(almost), ...ends]]) {
    const name = `largest-${list === orders}`;
    const [lines] = write(name, list);
    expectLines(lines!, expectedLines(list));
  }
});

const clock = (seconds: number, nanoseconds: number): Order => {
  const bytes = Buffer.alloc(16);
  bytes.writeBigInt64LE(BigInt(seconds));
  bytes.writeBigInt64LE(BigInt(nanoseconds), 8);
  return { kind: 'clock', bytes };
};

test('each day of four centuries has its date, and a fraction has no zeros at its end', () => {
  const below = numbers(11);
  const moments = Array.from({ length: 4 * 36_525 }, (_, day) => [day * 86_400 + 1 + below(86_399), 0] as const);
  const orders = moments.flatMap(([seconds, nanoseconds]) => [clock(seconds, nanoseconds), stdout('\n')]);
  const [lines] = write('dates', orders);
  const times = lines!.map((line) => JSON.parse(line).time);
  expect(times).toEqual(moments.map(([seconds]) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')));
  const fractions = [1, 10, 999_999_999, 120_000_000, 100].flatMap((part) => [
    clock(1_800_000_000, part),
    stdout('\n'),
  ]);
  const [some] = write('fractions', fractions);
  expect(some!.map((line) => JSON.parse(line).time.slice(19))).toEqual([
    '.000000001Z',
    '.00000001Z',
    '.999999999Z',
    '.12Z',
    '.0000001Z',
  ]);
});

const answers = (...values: readonly number[]): Order => {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => {
    bytes.writeInt32LE(value, index * 4);
  });
  return { kind: 'answers', bytes };
};
const { EINTR, EIO, ENOSPC, EDQUOT, EFBIG } = constants.errno;

test('a write that is interrupted or short goes on', () => {
  const [lines] = write('short', [answers(-EINTR, 3, -EINTR, 1, 2), stdout('one\ntwo\n')]);
  expect(lines!.map((line) => JSON.parse(line).log)).toEqual(['one\n', 'two\n']);
});

test.each([
  ['no space left on device', ENOSPC, []],
  ['disk quota exceeded', EDQUOT, []],
  ['input/output error', EIO, []],
  ['the log could not be written', EFBIG, []],
  ['input/output error', EIO, [-EIO]],
])('what is missing is told with its reason: %s (%d)', (reason, errno, truncation) => {
  const [lines] = write(`missing-${errno}-${truncation.length}`, [
    ...[stdout('before\n'), stderr('begun')],
    ...[answers(20, -errno, ...truncation), stdout('lost\nlines\n'), answers(-errno), stdout('and more\n'), answers()],
    ...[stderr(' and ended\n'), stdout('after\n')],
  ]);
  expect(lines!.map((line) => JSON.parse(line)).map(({ log, stream }) => [stream, log])).toEqual([
    ['stdout', 'before\n'],
    ['stderr', `tsdocker: 20 bytes of output are missing here: ${reason}\n`],
    ['stderr', 'begun and ended\n'],
    ['stdout', 'after\n'],
  ]);
});

/** Runs the orders on a tmpfs of 64 KiB of which `filled` are taken by the file `filler`. Gives all lines, and what is lost. */
function writeOnSmallDisk(orders: readonly Order[], filled: number, maxSize = 0): { lines: string[]; lost: number } {
  const script = `mount -t tmpfs -o size=64k none "$2" && head -c "$3"k /dev/zero >"$2/filler" && "$1" "$2" log "$4" 3 || exit 1
    cd "$2"; for file in log.2 log.1 log; do [ ! -e $file ] || cat $file; echo; done`;
  const small = mkdtempSync(join(folder, 'small-'));
  const words = [
    '--mount',
    '--propagation=private',
    'sh',
    '-c',
    script,
    'sh',
    driver,
    small,
    `${filled}`,
    `${maxSize}`,
  ];
  const [lost, ...lines] = linesOf(runDriver('unshare', words, encodeOrders(orders)));
  expect(lines.filter((line) => line === '').length).toBe(3); // each file ends with a newline
  return { lines: lines.filter((line) => line !== ''), lost: Number(lost) };
}

/** Holds a log to `texts`, lines that are all different: what is not there stands in a line as that many bytes. Counts the gaps. */
function expectGapsTold(
  { lines, lost }: { lines: readonly string[]; lost: number },
  texts: readonly string[],
  isRotated: boolean,
): number {
  const all = lines.map((line) => JSON.parse(line).log as string);
  const logs = isRotated ? all.slice(all.findIndex((log) => texts.includes(log))) : all;
  let next = isRotated ? texts.indexOf(logs[0]!) : 0;
  let missing = 0;
  let gaps = 0;
  for (const log of logs) {
    const told = /^tsdocker: (\d+) bytes of output are missing here: no space left on device\n$/.exec(log);
    if (told) missing += Number(told[1]);
    const at = texts.indexOf(log);
    if (at < 0) continue;
    const size = texts.slice(next, at).reduce((sum, text) => sum + text.length, 0);
    if (size !== missing) expect(`${missing} told before ${log}`).toBe(`${size} told before ${log}`);
    if (missing > 0) gaps++;
    next = at + 1;
    missing = 0;
  }
  expect(lost + missing).toBe(texts.slice(next).reduce((sum, text) => sum + text.length, 0));
  return gaps;
}

const removal: Order = { kind: 'removal', bytes: Buffer.from('filler\0') };
const texts = Array.from({ length: 3000 }, (_, index) => `line ${index} ${'x'.repeat(index % 300)}\n`);
const batches = (size: number) =>
  Array.from({ length: texts.length / size }, (_, at) => stdout(texts.slice(at * size, at * size + size).join('')));

// Docker cuts a long line in the middle of a character too, so the long ones are of one-byte characters here.
test("Docker's own log of the same output has the same lines", async () => {
  await using docker = await DockerPeer.start();
  const below = numbers(7);
  const babbles = Array.from({ length: 40 }, () => [babble(below).subarray(0, 5000), Buffer.from('\n')]).flat();
  const long = [16_383, 16_384, 16_385, 40_000].flatMap((size) => [Buffer.alloc(size, 'long '), Buffer.from('\n')]);
  const said = Buffer.concat([...words, ...broken, ...babbles, ...long, Buffer.from('end')]);
  const theirs = linesOf(await docker.logOf(said));
  const [ours] = write('as-docker', [stdout(said), ...ends]);
  const untimed = (line: string) => line.slice(0, line.lastIndexOf(',"time":"'));
  expect(ours!.map(untimed)).toEqual(theirs.map(untimed));
});

test.each([
  ['lines', 1, 0, 2000],
  ['lines, with rotation', 1, 5000, 2000],
  ['many lines at once', 100, 0, 20],
  ['more lines at once than are written at once', 1000, 0, 1],
  ['many lines at once, with rotation', 100, 20_000, 20],
])('on a full disk lines stay whole, and the log says how much is missing: %s', (_, size, maxSize, before) => {
  const orders = batches(size);
  const kept = size === 1 ? 100 : 1;
  const written = [...orders.slice(0, before), removal, ...orders.slice(before, before + kept)];
  const log = writeOnSmallDisk(written, 52, maxSize);
  const gaps = expectGapsTold(log, texts.slice(0, (before + kept) * size), maxSize > 0);
  if (maxSize === 0) expect(gaps).toBeGreaterThan(0);
  const full = writeOnSmallDisk([...orders.slice(0, before), ...ends], 52, maxSize);
  expectGapsTold(full, texts.slice(0, before * size), maxSize > 0);
  if (maxSize === 0 && full.lost === 0) expect(full.lines.at(-1)).toContain('bytes of output are missing here');
});

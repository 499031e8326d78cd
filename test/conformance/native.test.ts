// The interpreter of launch programs and the shim under the sanitizers, and what static analysers say of all native parts. Programs
// are our own, yet they lie on a disk between restarts: whatever stands there is run as it says, or refused.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodePhase } from '../../src/launch/encode.ts';
import { memory, ProgramBuilder, strings } from '../../src/launch/program.ts';
import { buildDriver, nativeFolder, runDriver } from '../support/native-programs.ts';

let folder: string;
let interpreter: string;
let shim: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-native-'));
  interpreter = buildDriver('interpreter', folder);
  const makefile = readFileSync(join(nativeFolder, 'Makefile'), 'utf8');
  const parts = [...makefile.matchAll(/^(?:DOORS|SHIM) = (.*)$/gm)].flatMap(([, names]) => names!.split(' '));
  const played = parts.filter((part) => part !== 'interpreter.c' && part !== '$(DOORS)');
  shim = buildDriver('shim', folder, ['test/peers.c', ...played]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Two phases that use all there is: strings, pointers, results, accepted errnos, retries, stores. */
function validProgram(): Uint8Array {
  const first = new ProgramBuilder();
  const kept = memory('a place', [8, 0], [4, 7]);
  const pid = first.call('asking', 'getpid', [], { store: { memory: kept, at: 8 } });
  first.call('naming', 'getpid', [pid, 'a name', strings(['one', 'two']), kept], { retry: true });
  first.call('failing', 'getpid', [kept], { accepted: ['ENOENT', 'EBUSY'] });
  const one = encodePhase(first.wait('waiting'));
  const second = new ProgramBuilder(4);
  second.call('going on', 'getpid', [pid, 'the end']);
  return Buffer.concat([one, encodePhase(second.end())]);
}

/** The same with other bytes at `at`. */
function changed(at: number, size: 2 | 4 | 8, value: number | bigint): Uint8Array {
  const bytes = Buffer.from(validProgram());
  if (size === 2) bytes.writeUInt16LE(Number(value), at);
  else if (size === 4) bytes.writeUInt32LE(Number(value), at);
  else bytes.writeBigUInt64LE(BigInt(value), at);
  return bytes;
}

const getpid = process.arch === 'x64' ? 39 : 172;
const stepAt = (index: number) => 24 + 72 * index;
const relocationsAt = stepAt(4);
const run = (program: Uint8Array) => runDriver(interpreter, [], program).trimEnd().split('\n');

test('the interpreter makes the calls of a program in order, and reports where it waits', () => {
  expect(run(validProgram())).toEqual([
    `call ${getpid} 0`,
    `call ${getpid} 4242`,
    expect.stringMatching(`^call ${getpid} \\d{6,}$`),
    'report 2 3 0',
    `call ${getpid} 4242`,
    'returned 0',
  ]);
});

test.each([
  ['an empty program', new Uint8Array()],
  ['half a header', validProgram().subarray(0, 12)],
  ['a header alone', validProgram().subarray(0, 24)],
  ['a program without its last byte of data', encodePhase(oneCall()).subarray(0, -1)],
  ['another magic', changed(0, 8, 0x3247_4f52_5044_5354n)],
  ['more steps than there may be', changed(12, 4, 4097)],
  ['as many steps as there are numbers', changed(12, 4, 0xffff_ffff)],
  ['a first step behind the last possible one', changed(8, 4, 0xffff_ffff)],
  ['more relocations than fit into the largest phase', changed(16, 4, 0xffff_ffff)],
  ['more data than a phase may have', changed(20, 4, 0xffff_ffff)],
  ['a relocation behind the data', changed(relocationsAt, 4, 0xffff_fff8)],
  ['a relocation of which the last byte is behind the data', endingIn(changed(relocationsAt, 4, dataSize() - 7), 0)],
])('the interpreter refuses %s before it makes a call', (_, program) => {
  expect(run(program)).toEqual(['returned 1']);
});

/** The same with all bytes of the first phase's data replaced: what the relocations find is `byte`. */
function endingIn(program: Uint8Array, byte: number): Uint8Array {
  const bytes = Buffer.from(program);
  const end = bytes.indexOf('TSDPROG1', 8);
  return bytes.fill(byte, end - dataSize(), end);
}

function oneCall() {
  const program = new ProgramBuilder();
  program.call('asking', 'getpid', ['some text']);
  return program.end();
}

function dataSize(): number {
  return Buffer.from(validProgram()).readUInt32LE(20);
}

test.each([
  ['an argument of a kind that is none', changed(stepAt(1) + 6, 2, 3), 'report 3 1 -22'],
  ['an argument behind the data', changed(stepAt(1) + 32, 8, 1n << 63n), 'report 3 1 -22'],
  ['an argument one byte behind the data', changed(stepAt(1) + 32, 8, dataSize() + 1), 'report 3 1 -22'],
  ['a result of the step itself', changed(stepAt(1) + 24, 8, 1), 'report 3 1 -22'],
  ['a result of a step that does not exist', changed(stepAt(1) + 24, 8, 1n << 40n), 'report 3 1 -22'],
])('the interpreter reports the step with %s', (_, program, report) => {
  expect(run(program).slice(-2)).toEqual([report, 'returned 1']);
});

test.each([
  ['stores its result behind the data', changed(stepAt(0) + 20, 4, dataSize() - 3), 1],
  ['is followed by a phase with another number', swapped(), 4],
])('the interpreter ends a program that %s', (_, program, lines) => {
  const told = run(program);
  expect(told.at(-1)).toBe('returned 1');
  expect(told.length - 1).toBe(lines);
});

function swapped(): Uint8Array {
  const bytes = Buffer.from(validProgram());
  const second = bytes.indexOf('TSDPROG1', 8);
  bytes.writeUInt32LE(3, second + 8);
  return bytes;
}

test.each([1, 2, 3, 4])(
  'a program changed at random is run or refused, and nothing beyond it is touched (seed %d)',
  (seed) => {
    const told = runDriver(interpreter, [`${seed}`, '20000'], validProgram());
    const [refused, failed, calls] = told.match(/\d+/g)!.map(Number) as [number, number, number];
    expect(refused).toBeGreaterThan(1000);
    expect(refused).toBeLessThan(20_000);
    expect(failed).toBeGreaterThan(100);
    expect(calls).toBeGreaterThan(1000);
  },
);

/** A folder in which a shim finds what a store and a cgroup would have for it. */
function shimFolder(): string {
  const place = mkdtempSync(join(folder, 'shim-'));
  const bundle = join(place, 'store/container/id');
  mkdirSync(bundle, { recursive: true });
  mkdirSync(join(place, 'cgroup'));
  for (const file of ['launch', 'health-program', 'release']) writeFileSync(join(bundle, file), '');
  writeFileSync(join(bundle, 'event-attributes'), '"image":"some"');
  return place;
}

test.each(Array.from({ length: 25 }, (_, index) => index + 1))(
  'the shim serves clients that say anything at all, and loses nothing (seed %d)',
  (seed) => {
    const told = runDriver(shim, [shimFolder(), `${seed}`, '3000'], Buffer.alloc(0));
    expect(told).toMatch(
      /^0: \d+ steps not made, \d+ processes ended, \d+ restarts, \d+ frames, \d+ ends, \d+ gaps, \d+ dropped\n$/,
    );
  },
);

const sources = readdirSync(nativeFolder).filter((name) => name.endsWith('.c'));

test.each(sources)('the analyser of gcc finds nothing in %s', (name) => {
  const words = '-std=gnu2x -O2 -Wall -Wextra -Werror -fanalyzer -ffreestanding -fno-strict-aliasing -c -o /dev/null';
  const { status, stderr } = spawnSync('gcc', [...words.split(' '), name], { cwd: nativeFolder, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

test('cppcheck finds nothing in the native parts', () => {
  // It does not know __VA_OPT__, so it gets what the preprocessor makes; and takes the address of a variable for its value.
  const preprocessed = sources.map((name) => {
    const to = join(folder, name);
    execFileSync('gcc', ['-std=gnu2x', '-ffreestanding', '-E', '-o', to, name], { cwd: nativeFolder });
    return to;
  });
  const words = [
    '--quiet',
    '--error-exitcode=1',
    '--enable=warning,performance,portability',
    '--suppress=ctuuninitvar',
  ];
  const { status, stderr } = spawnSync('cppcheck', [...words, ...preprocessed], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

/** Lines without comments and blank lines. */
function linesOf(names: readonly string[]): number {
  const code = names.map((name) => readFileSync(join(nativeFolder, name), 'utf8').replaceAll(/\/\*.*?\*\//gs, ''));
  return code.flatMap((text) => text.split('\n').filter((line) => line.trim() !== '')).length;
}

// What a shim is for every container, and what it has for those with ports or names, most of which only a child without rights runs.
const ofDoors = /^(door|confine|internet|relay|connection|association|resolver|forward|stream|dns|names)\.[ch]$/;
const files = readdirSync(nativeFolder).filter((name) => /\.[ch]$/.test(name));

test('the native parts stay small enough to be read in an afternoon: under 2100 lines without comments and blank lines', () => {
  expect(linesOf(files.filter((name) => !ofDoors.test(name)))).toBeLessThan(2100);
});

test('doors, relay and resolver, with all of the domain name system and both protocols, have under 1550 lines', () => {
  expect(linesOf(files.filter((name) => ofDoors.test(name)))).toBeLessThan(1550);
});

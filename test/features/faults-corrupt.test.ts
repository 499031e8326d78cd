// Files of a container that are damaged, empty, cut short, or something else entirely: each command says one clear line or goes by
// what is left, all say the same, no other container suffers, and `rm -f` always helps. TSDOCKER_FAULTS=all damages them in every way.
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { agreed, StoreWatch } from '../support/leaks.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
let watch: StoreWatch;
let other: string;
beforeAll(() => {
  store = makeStore();
  watch = new StoreWatch(store.root);
  other = must('run', '-d', '--name', 'other', '--network', 'none', 'localhost/busybox', 'sleep', '1000').trim();
});
afterAll(() => store[Symbol.dispose]());
beforeEach(() => {
  store.tsdocker('rm', '-f', 'it');
});

function must(...words: readonly string[]): string {
  const { status, stdout, stderr } = store.tsdocker(...words);
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

const script = ['sh', '-c', 'echo one; echo two; sleep 1000'];
const make = (...flags: readonly string[]): string =>
  must('run', '-d', '--name', 'it', '--network', 'none', ...flags, 'localhost/busybox', ...script).trim();
const inBundle = (id: string, name: string): string => join(store.root, 'container', id, name);

const damages: readonly (readonly [string, (path: string) => void])[] = [
  ['empty', (path) => writeFileSync(path, '')],
  ['cut short', (path) => truncateSync(path, Math.floor(readFileSync(path).byteLength / 2))],
  [
    'garbage',
    (path) => writeFileSync(path, Buffer.from(Array.from({ length: 512 }, (_, index) => (index * 167) & 255))),
  ],
  ['zeros, as after a power cut', (path) => writeFileSync(path, Buffer.alloc(readFileSync(path).byteLength))],
  ['JSON of another shape', (path) => writeFileSync(path, '[1,"two",null]\n')],
  ['JSON null', (path) => writeFileSync(path, 'null\n')],
  ['missing', (path) => rmSync(path)],
];

/** No command may call this a defect of its own, or print where in its code it was. */
function expectPlain(words: readonly string[]): void {
  const { status, stderr } = store.tsdocker(...words);
  expect(stderr, words.join(' ')).not.toMatch(
    /defect|at .*\.ts:|is not a function|Cannot read prop|SyntaxError|undefined/,
  );
  if (status !== 0) expect(stderr, words.join(' ')).toMatch(/^tsdocker: .*\n( {2}hint: .*\n)?$/);
}

const looks: readonly (readonly string[])[] = [
  ['ps', '-a'],
  ['ps', '-as'],
  ['inspect', 'it'],
  ['logs', 'it'],
  ['top', 'it'],
  ['port', 'it'],
  ['stats', '--no-stream', 'it'],
  ['events', '--since', '1h', '--until', '0s'],
  ['info'],
  ['system', 'df'],
  ['exec', 'it', 'true'],
  ['rename', 'it', 'it2'],
  ['rename', 'it2', 'it'],
  ['update', '--restart', 'no', 'it'],
];

/** All commands look at it, then it is removed, and the other container has gone on. */
async function isSurvived(): Promise<void> {
  for (const words of looks) expectPlain(words);
  agreed(store);
  for (const words of [
    ['stop', '-t', '0', 'it'],
    ['start', 'it'],
    ['kill', 'it'],
  ])
    expectPlain(words);
  agreed(store);
  must('rm', '-f', 'it');
  expect(agreed(store)).toEqual([{ name: 'other', id: other, status: 'running' }]);
  expect(await watch.settled([other])).toEqual([]);
}

const all = process.env.TSDOCKER_FAULTS === 'all';
/** What a power cut or a full disk makes of a file; the rest takes its time. */
const usual = new Set(['empty', 'cut short', 'JSON of another shape']);

for (const [kind, damage] of damages.filter(([name]) => all || usual.has(name))) {
  for (const name of ['state', 'config.json', 'launch', 'boot', 'event-attributes']) {
    test(`${name}, ${kind}, of a container that runs`, async () => {
      damage(inBundle(make(), name));
      await isSurvived();
    });
    test(`${name}, ${kind}, of a container that ended`, async () => {
      const id = make();
      must('kill', 'it');
      damage(inBundle(id, name));
      await isSurvived();
    });
  }
  test(`health, ${kind}`, async () => {
    const id = make('--health-cmd', 'true', '--health-interval', '1s');
    while (!must('inspect', '-f', '{{.State.Health.Status}}', 'it').includes('healthy\n'));
    damage(inBundle(id, 'health'));
    await isSurvived();
  });
  test(`the log, ${kind}`, async () => {
    const id = make();
    must('kill', 'it');
    damage(inBundle(id, `${id}-json.log`));
    must('inspect', 'it');
    expectPlain(['logs', 'it']);
    await isSurvived();
  });
  test(`the stored program, ${kind}, when the policy starts it again`, async () => {
    const id = make('--restart', 'always');
    damage(inBundle(id, 'launch'));
    process.kill(Number(JSON.parse(readFileSync(inBundle(id, 'state'), 'utf8')).pid), 'SIGKILL');
    await isSurvived();
  });
  test(`the events, ${kind}`, async () => {
    make();
    damage(join(store.root, 'events'));
    await isSurvived();
    rmSync(join(store.root, 'events'), { recursive: true, force: true });
  });
}

test('a line of the log that is damaged in the middle costs that line', async () => {
  const id = must(
    'run',
    '-d',
    '--name',
    'it',
    '--network',
    'none',
    'localhost/busybox',
    'sh',
    '-c',
    'echo one; echo two; echo three',
  ).trim();
  must('wait', 'it');
  const path = inBundle(id, `${id}-json.log`);
  const lines = readFileSync(path, 'utf8').split('\n');
  writeFileSync(path, [lines[0], lines[1]!.slice(0, 20), lines[2], ''].join('\n'));
  expect(must('logs', 'it')).toBe('one\nthree\n');
  await isSurvived();
});

test('a bundle that is gone takes its record with it', async () => {
  const id = make();
  must('kill', 'it');
  rmSync(join(store.root, 'container', id), { recursive: true });
  expect(agreed(store)).toEqual([{ name: 'other', id: other, status: 'running' }]);
  make();
  await isSurvived();
});

test('a bundle that no record names goes', async () => {
  const folder = join(store.root, 'container', 'ab'.repeat(32));
  mkdirSync(join(folder, 'upper'), { recursive: true });
  writeFileSync(join(folder, 'upper/file'), 'content');
  expect(agreed(store)).toEqual([{ name: 'other', id: other, status: 'running' }]);
  expect(await watch.settled([other])).toEqual([]);
});

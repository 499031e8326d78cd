// Many at once: starts, execs, removals and writers of the database get in each other's way, and nobody sees it.
// TSDOCKER_FAULTS=all has the writers go on for a minute, not for 15 seconds.
import { spawn } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { agreed, StoreWatch } from '../support/leaks.ts';
import { makeStore, program, type TestStore } from '../support/tsdocker.ts';

const seconds = process.env.TSDOCKER_FAULTS === 'all' ? 60 : 15;

let store: TestStore;
let watch: StoreWatch;
beforeEach(() => {
  store = makeStore();
  watch = new StoreWatch(store.root);
  store.sh(':');
});
afterEach(() => store[Symbol.dispose]());

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** In the background, with `$tsdocker` as the command. */
function shell(script: string): Promise<Outcome> {
  const env = { PATH: process.env.PATH, TSDOCKER_ROOT: store.root, tsdocker: program };
  const child = spawn('sh', ['-c', script], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  child.on('close', (status) => resolve({ status, ...output }));
  return promise;
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

const startIt = (): string =>
  store.tsdocker('run', '-d', '--name', 'it', '--network', 'none', 'localhost/busybox', 'sleep', '1000').stdout.trim();

test('100 containers started at once from 20 processes all run, and all go', { timeout: 300_000 }, async () => {
  const outcomes = await Promise.all(
    range(20).map((number) =>
      shell(
        `for i in 0 1 2 3 4; do $tsdocker run -d --name c${number}-$i --network none localhost/busybox sleep 1000 || exit; done`,
      ),
    ),
  );
  expect(outcomes.filter(({ status, stderr }) => status !== 0 || stderr !== '')).toEqual([]);
  const containers = agreed(store);
  expect(containers.map(({ name }) => name).sort()).toEqual(
    range(20)
      .flatMap((number) => range(5).map((i) => `c${number}-${i}`))
      .sort(),
  );
  expect(new Set(containers.map(({ status }) => status))).toEqual(new Set(['running']));
  const ids = containers.map(({ id }) => id);
  expect(await watch.settled(ids)).toEqual([]);
  expect(outcomes.flatMap(({ stdout }) => stdout.trim().split('\n')).sort()).toEqual([...ids].sort());
  // Removed by several at once, each a part.
  const removals = await Promise.all(
    range(5).map((i) => shell(`$tsdocker rm -f ${ids.slice(20 * i, 20 * i + 20).join(' ')}`)),
  );
  expect(removals.filter(({ status, stderr }) => status !== 0 || stderr !== '')).toEqual([]);
  expect(agreed(store)).toEqual([]);
  expect(await watch.settled()).toEqual([]);
});

test('50 execs at once each get their own output and status', { timeout: 120_000 }, async () => {
  const id = startIt();
  const outcomes = await Promise.all(
    range(50).map((number) =>
      shell(`$tsdocker exec it sh -c 'echo out ${number}; echo err ${number} >&2; exit ${number}'`),
    ),
  );
  expect(outcomes).toEqual(
    range(50).map((number) => ({ status: number, stdout: `out ${number}\n`, stderr: `err ${number}\n` })),
  );
  expect(agreed(store)).toEqual([{ name: 'it', id, status: 'running' }]);
  expect(await watch.settled([id])).toEqual([]);
  expect(store.tsdocker('top', 'it').stdout.trimEnd().split('\n')).toHaveLength(2);
  expect(store.tsdocker('rm', '-f', 'it')).toMatchObject({ status: 0 });
  expect(await watch.settled()).toEqual([]);
});

test('two rm at the same time: the container is gone, and neither says anything strange', {
  timeout: 120_000,
}, async () => {
  for (const flags of ['-f', '']) {
    for (let round = 0; round < 6; round++) {
      startIt();
      if (flags === '') store.tsdocker('kill', 'it');
      const outcomes = await Promise.all(range(2).map(() => shell(`$tsdocker rm ${flags} it`)));
      for (const { status, stderr } of outcomes)
        if (status !== 0)
          expect(stderr).toBe('tsdocker: there is no container it\n  hint: tsdocker ps -a lists them all\n');
      expect(outcomes.some(({ status }) => status === 0)).toBe(true);
      expect(agreed(store)).toEqual([]);
      expect(await watch.settled()).toEqual([]);
    }
  }
});

test(`20 processes write to the database for ${seconds} seconds, and nobody is told of locks`, {
  timeout: (seconds + 120) * 1000,
}, async () => {
  const end = Math.floor(Date.now() / 1000) + seconds;
  const outcomes = await Promise.all(
    range(20).map((number) =>
      shell(`
        while [ "$(date +%s)" -lt ${end} ]; do
          $tsdocker create --name w${number} --network none localhost/busybox true || exit
          $tsdocker rename w${number} v${number} || exit
          $tsdocker update --restart always v${number} || exit
          $tsdocker rm v${number} || exit
          echo done
        done`),
    ),
  );
  expect(outcomes.filter(({ status, stderr }) => status !== 0 || stderr !== '')).toEqual([]);
  const rounds = outcomes.map(({ stdout }) => stdout.split('\n').filter((line) => line === 'done').length);
  expect(Math.min(...rounds), 'nobody starves').toBeGreaterThan(0);
  console.log(`${rounds.reduce((sum, each) => sum + each, 0)} rounds of four writes in ${seconds} seconds`);
  expect(agreed(store)).toEqual([]);
  expect(await watch.settled()).toEqual([]);
});

// `kill -9` of the command after every write of state and every launch step: a container is then there as if nothing had happened,
// or not at all, and nothing else is left. TSDOCKER_FAULTS=all kills after each launch step, not after every third.
import { expect, test } from 'vitest';
import { killAfter, listStages, type Stages } from '../support/killed-command.ts';
import { agreed, StoreWatch } from '../support/leaks.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

const every = process.env.TSDOCKER_FAULTS === 'all' ? 1 : 3;
const workers = 3;
const minutes = 60_000;

interface Place {
  readonly store: TestStore;
  readonly watch: StoreWatch;
}

interface Scenario {
  /** Makes what the command needs. */
  readonly before: (store: TestStore) => void;
  readonly words: readonly string[];
  /** States that the container may be in after it; none is that there is no such container. */
  readonly after: readonly string[];
}

function must(store: TestStore, ...words: readonly string[]): string {
  const { status, stdout, stderr } = store.tsdocker(...words);
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

const run = ['run', '-d', '--name', 'victim', '--network', 'none', 'localhost/busybox', 'sleep', '1000'];
const isRunning = (store: TestStore) => void must(store, ...run);
const isMade = (store: TestStore) => void must(store, 'create', ...run.slice(2));

/** A command that is killed in its midst leaves a container that is being made for as long as its shim needs to see it. */
async function outcome({ store, watch }: Place): Promise<string> {
  for (let tries = 0; ; tries++) {
    watch.note();
    const [victim, ...others] = agreed(store);
    expect(others).toEqual([]);
    if (victim?.status !== 'creating' || tries === 200) return victim?.status ?? 'none';
  }
}

async function check(place: Place, { after }: Scenario, stage: string): Promise<string> {
  const { store, watch } = place;
  watch.note();
  const status = await outcome(place);
  expect(after, `after ${stage}`).toContain(status);
  must(store, 'info'); // puts right what is not in sight of ps
  const kept = agreed(store).map(({ id }) => id);
  expect(await watch.settled(kept), `after ${stage}`).toEqual([]);
  // What is there can be used.
  if (status === 'running' || status === 'created') {
    must(store, 'start', 'victim');
    expect(must(store, 'exec', 'victim', 'echo', 'works')).toBe('works\n');
  }
  if (status !== 'none') must(store, 'rm', '-f', 'victim');
  expect(agreed(store)).toEqual([]);
  expect(await watch.settled(), `after ${stage} and rm`).toEqual([]);
  return status;
}

/** Calls `work` with each of `items`, several at a time, each time with a store of the worker's own. */
async function share<T>(items: readonly T[], work: (place: Place, item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  await Promise.all(
    Array.from({ length: workers }, async () => {
      using store = makeStore();
      store.sh(':');
      const place = { store, watch: new StoreWatch(store.root) };
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(place, item);
    }),
  );
}

async function stagesOf({ before, words }: Scenario): Promise<Stages> {
  using store = makeStore();
  store.sh(':');
  before(store);
  return await listStages(store.root, ...words);
}

async function killAfterWrites(scenario: Scenario): Promise<void> {
  const { writes } = await stagesOf(scenario);
  expect(writes.length).toBeGreaterThan(2);
  const told: string[] = [];
  await share([...writes.keys()], async (place, write) => {
    scenario.before(place.store);
    place.watch.note();
    const wasKilled = await killAfter(place.store.root, { write }, ...scenario.words);
    const status = await check(place, scenario, `write ${write}, ${writes[write]}`);
    told[write] = `${wasKilled ? 'killed' : 'ended '} ${writes[write]}: ${status}`;
  });
  console.log(`tsdocker ${scenario.words.join(' ')}: ${writes.length} stages\n${told.join('\n')}`);
}

const scenarios: Readonly<Record<string, Scenario>> = {
  run: { before: () => {}, words: run, after: ['none', 'running'] },
  'run --rm': { before: () => {}, words: ['run', '--rm', ...run.slice(1)], after: ['none', 'running'] },
  create: { before: () => {}, words: ['create', ...run.slice(2)], after: ['none', 'created'] },
  start: { before: isMade, words: ['start', 'victim'], after: ['created', 'running'] },
  stop: { before: isRunning, words: ['stop', '-t', '0', 'victim'], after: ['running', 'exited'] },
  kill: { before: isRunning, words: ['kill', 'victim'], after: ['running', 'exited'] },
  restart: { before: isRunning, words: ['restart', '-t', '0', 'victim'], after: ['running', 'exited'] },
  'rm of one that ended': {
    before(store) {
      isRunning(store);
      must(store, 'kill', 'victim');
    },
    words: ['rm', 'victim'],
    after: ['none', 'exited'],
  },
  'rm -f': { before: isRunning, words: ['rm', '-f', 'victim'], after: ['none', 'exited', 'running'] },
  pause: { before: isRunning, words: ['pause', 'victim'], after: ['running', 'paused'] },
  exec: { before: isRunning, words: ['exec', '-d', 'victim', 'sleep', '1000'], after: ['running'] },
};

for (const [name, scenario] of Object.entries(scenarios)) {
  test(`${name}: killed after any write, it has been done or not`, { timeout: 5 * minutes }, () =>
    killAfterWrites(scenario),
  );
}

for (const name of ['run', 'start', 'exec'] as const) {
  test(`${name}: killed after any launch step, it leaves nothing half done`, { timeout: 10 * minutes }, async () => {
    const scenario = scenarios[name]!;
    const { steps } = await stagesOf(scenario);
    const chosen = [...steps.keys()].filter((step) => step % every === 0 || step === steps.length - 1);
    expect(chosen.length).toBeGreaterThan(10);
    const told: string[] = [];
    await share(chosen, async (place, step) => {
      scenario.before(place.store);
      place.watch.note();
      const wasKilled = await killAfter(place.store.root, { step }, ...scenario.words);
      const status = await check(place, scenario, steps[step]!);
      told[step] = `${wasKilled ? 'killed' : 'ended '} ${steps[step]}: ${status}\n`;
    });
    console.log(
      `tsdocker ${scenario.words.join(' ')}: ${chosen.length} of ${steps.length} launch steps\n${told.join('')}`,
    );
  });
}

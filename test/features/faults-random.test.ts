// `kill -9` of run, stop and rm at 200 instants that a seed chooses: whenever it comes, the container is there whole or not at all.
import { expect, test } from 'vitest';
import { killAt } from '../support/killed-command.ts';
import { agreed, StoreWatch } from '../support/leaks.ts';
import { makeStore, program } from '../support/tsdocker.ts';

const seed = Number(process.env.TSDOCKER_SEED ?? 4);
const instants = 200;
const workers = 4;

/** Numbers below a bound, the same ones for the same seed (xorshift32). */
function numbers(start: number): (bound: number) => number {
  let state = Math.imul(start, 0x9e37_79b1) | 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

const commands = [
  ['run', '-d', '--name', 'victim', '--network', 'none', 'localhost/busybox', 'sleep', '1000'],
  ['run', '-d', '--rm', '--name', 'victim', '--network', 'none', 'localhost/busybox', 'sleep', '1000'],
  ['run', '--name', 'victim', '--network', 'none', 'localhost/busybox', 'true'],
  ['stop', '-t', '0', 'victim'],
  ['rm', '-f', 'victim'],
];

test(`200 random instants of run, stop and rm leave nothing half done (seed ${seed})`, {
  timeout: 600_000,
}, async () => {
  const counts: Record<string, number> = {};
  const work = async (worker: number) => {
    using store = makeStore();
    store.sh(':');
    const watch = new StoreWatch(store.root);
    const random = numbers(seed * workers + worker);
    for (let turn = 0; turn < instants / workers; turn++) {
      const words = commands[random(commands.length)]!;
      const milliseconds = random(200);
      if (words[0] !== 'run' && agreed(store).length === 0) store.tsdocker(...commands[0]!);
      else if (words[0] === 'run') store.tsdocker('rm', '-f', 'victim');
      watch.note();
      await killAt(program, store.root, milliseconds, ...words);
      watch.note();
      expect(store.tsdocker('info').status).toBe(0);
      const what = `${words.slice(0, 3).join(' ')} killed after ${milliseconds} ms`;
      let found = agreed(store);
      for (let tries = 0; found[0]?.status === 'creating' && tries < 200; tries++) found = agreed(store);
      expect(found.length, what).toBeLessThan(2);
      const status = found[0]?.status ?? 'none';
      expect(['none', 'running', 'exited'], what).toContain(status);
      expect(await watch.settled(found.map(({ id }) => id)), what).toEqual([]);
      if (status === 'running') expect(store.tsdocker('exec', 'victim', 'true'), what).toMatchObject({ status: 0 });
      counts[`${words[0]}: ${status}`] = (counts[`${words[0]}: ${status}`] ?? 0) + 1;
    }
    expect(store.tsdocker('rm', '-f', 'victim')).toMatchObject({ status: 0 });
    expect(await watch.settled()).toEqual([]);
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
  console.log(counts);
});

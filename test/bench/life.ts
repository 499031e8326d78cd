// The section `life` of the bench: what a person does with containers that stay, at 1, 100 and 500 of them, and what each costs in
// memory. The engines take turns where one command is timed, and follow each other where a hundred are.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { median } from './measure.ts';
import { pidsNamed, pssOf } from './memory.ts';
import { makePeers, type Peer, removeFolder, removeLeftCgroups } from './peers.ts';
import { ourselves, time } from './runs.ts';

const many = 100;
const most = 500;

const words = ({ cli }: Peer, ...verb: readonly string[]): string[] => [...cli, ...verb];
const runDetached = (engine: Peer, name: string, ...command: readonly string[]): string[] =>
  words(engine, 'run', '-d', '--name', name, ...engine.flags, engine.image, ...command);

function call(command: readonly string[]): string {
  return execFileSync(command[0]!, command.slice(1), {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 30,
  });
}

const removeAll = (engine: Peer, names: readonly string[]): void => {
  for (let at = 0; at < names.length; at += 50)
    call(words(engine, 'rm', '-f', ...engine.atOnce, ...names.slice(at, at + 50)));
};

/** A container that ends at once when it is asked to. */
const obeys = ['sh', '-c', 'trap "exit 0" TERM; sleep 1000 & wait'];

interface Verbs {
  readonly run: number[];
  readonly exec: number[];
  readonly stop: number[];
}

function timeVerbs(engines: readonly Peer[], rounds: number): Map<Peer, Verbs> {
  const times = new Map<Peer, Verbs>(engines.map((engine) => [engine, { run: [], exec: [], stop: [] }]));
  for (let round = -2; round < rounds; round++) {
    for (const engine of engines) {
      const taken = {
        run: time(runDetached(engine, 'one', ...obeys)),
        exec: time(words(engine, 'exec', 'one', 'true')),
        stop: time(words(engine, 'stop', 'one')),
      };
      call(words(engine, 'rm', 'one'));
      if (round < 0) continue;
      for (const verb of ['run', 'exec', 'stop'] as const) times.get(engine)![verb].push(taken[verb]);
    }
  }
  return times;
}

const available = (): number => Number(/^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'))![1]);

const pss = (names: readonly string[]): number => names.flatMap(pidsNamed).reduce((sum, pid) => sum + pssOf(pid), 0);

interface Crowd {
  /** Seconds for all of them. */
  readonly row: number;
  readonly atOnce: number;
  /** Kilobytes a container at 1, 10 and 100 of them: of the processes that stay with each, and what the machine has less. */
  readonly memory: ReadonlyMap<number, { readonly pss: number; readonly fall: number }>;
}

async function crowd(engine: Peer): Promise<Crowd> {
  const name = (number: number): string => `many-${number}`;
  const memory = new Map<number, { pss: number; fall: number }>();
  await setTimeout(1000);
  const before = available();
  let row = 0;
  for (let number = 1; number <= many; number++) {
    row += time(runDetached(engine, name(number), 'sleep', '1000'));
    if (![1, 10, many].includes(number)) continue;
    await setTimeout(2000);
    memory.set(number, { pss: pss(engine.perContainer) / number, fall: (before - available()) / number });
  }
  removeAll(
    engine,
    Array.from({ length: many }, (_, index) => name(index + 1)),
  );
  const begin = process.hrtime.bigint();
  await Promise.all(
    Array.from({ length: many }, (_, index) => {
      const [program, ...rest] = runDetached(engine, name(index + 1), 'sleep', '1000');
      const child = spawn(program!, rest, { stdio: ['ignore', 'ignore', 'inherit'] });
      return new Promise<void>((resolve, reject) =>
        child.once('close', (status) => (status === 0 ? resolve() : reject(new Error(`${engine.name}: ${status}`)))),
      );
    }),
  );
  const atOnce = Number(process.hrtime.bigint() - begin) / 1e6;
  removeAll(
    engine,
    Array.from({ length: many }, (_, index) => name(index + 1)),
  );
  return { row: row / 1000, atOnce: atOnce / 1000, memory };
}

/** Milliseconds of `ps -a` with so many containers that were made and not started. */
function timeListing(engine: Peer, rounds: number): number[] {
  const names = Array.from({ length: most }, (_, index) => `listed-${index}`);
  for (const name of names) call(words(engine, 'create', '--name', name, ...engine.flags, engine.image, 'true'));
  const times = Array.from({ length: rounds + 1 }, () => time(words(engine, 'ps', '-a'))).slice(1);
  removeAll(engine, names);
  return times;
}

const line = 'The quick brown fox jumps over the lazy dog, and so do all its many friends today.';
const logged = 100; // MB

/** MB of output a second that reach the log: by the times of its first and last line. */
function logThroughput(engine: Peer): number {
  const script = `yes '${line}' | head -c 20000000 >/text; for i in $(yes | head -n ${logged / 20}); do cat /text; done`;
  call(runDetached(engine, 'talker', 'sh', '-c', script));
  call(words(engine, 'wait', 'talker'));
  const moment = (text: string): number => Date.parse(text.slice(0, text.indexOf(' ')));
  const shell = (pipe: string): string =>
    spawnSync('sh', ['-c', `"$@" 2>/dev/null | ${pipe}`, 'sh', ...words(engine, 'logs', '-t', 'talker')], {
      encoding: 'utf8',
    }).stdout;
  const begin = moment(shell('head -n 1'));
  const end = moment(shell('tail -n 1'));
  removeAll(engine, ['talker']);
  return logged / ((end - begin) / 1000);
}

const cell = (numbers: readonly number[]): string =>
  `**${median(numbers).toFixed(0)}** (${Math.min(...numbers).toFixed(0)} to ${Math.max(...numbers).toFixed(0)})`;
const ratio = (ours: number, theirs: number): string => (ours / theirs).toFixed(2);

/** @param rounds Of each single command, after two that do not count. */
export async function lifeSection(rounds: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tsdocker-bench-'));
  const peers = (await makePeers(folder)).filter(({ name }) => name !== 'runc');
  const us = ourselves(folder);
  const engines = [us, ...peers];
  try {
    const verbs = timeVerbs(engines, rounds);
    const crowds = new Map<Peer, Crowd>();
    const logs = new Map<Peer, number[]>(engines.map((engine) => [engine, []]));
    const listings = new Map<Peer, number[]>();
    for (const engine of engines) crowds.set(engine, await crowd(engine));
    for (let round = 0; round < 3; round++) for (const engine of engines) logs.get(engine)!.push(logThroughput(engine));
    for (const engine of engines) listings.set(engine, timeListing(engine, 5));

    const verbRows = engines.map((engine) => {
      const cells = (['run', 'exec', 'stop'] as const).map((verb) => {
        const numbers = verbs.get(engine)![verb];
        return `${cell(numbers)} | ${ratio(median(verbs.get(us)![verb]), median(numbers))}`;
      });
      const listing = listings.get(engine)!;
      return `| ${engine.name} ${engine.version} | ${cells.join(' | ')} | ${cell(listing)} | ${ratio(median(listings.get(us)!), median(listing))} |`;
    });
    const crowdRows = engines.map((engine) => {
      const { row, atOnce } = crowds.get(engine)!;
      const own = crowds.get(us)!;
      return `| ${engine.name} | ${row.toFixed(1)} | ${ratio(own.row, row)} | ${atOnce.toFixed(1)} | ${ratio(own.atOnce, atOnce)} | ${cell(logs.get(engine)!)} |`;
    });
    const memoryRows = engines.map((engine) => {
      const at = [1, 10, many].map((number) => crowds.get(engine)!.memory.get(number)!);
      const shown = at.map((each) => `${(each.pss / 1024).toFixed(2)} | ${(each.fall / 1024).toFixed(1)}`);
      return `| ${engine.name} | ${shown.join(' | ')} | ${(pss(engine.shared) / 1024).toFixed(0)} |`;
    });
    return `## Containers that stay

Milliseconds from the start of a command to its end, the engines taking turns, ${rounds} rounds after two that do not count: **median** (range).
\`stop\` is of a container that obeys. \`ps -a\` lists ${most} containers that were made and not started (5 rounds, one engine after the other).

| engine | run -d | ours / theirs | exec true | ours / theirs | stop | ours / theirs | ps -a | ours / theirs |
|---|---|---|---|---|---|---|---|---|
${verbRows.join('\n')}

${many} containers that sleep, each by a \`run -d\` of its own: seconds for all of them, one after the other and all at once. The log: MB a second of
lines of ${line.length + 1} bytes that one container writes as fast as it can, from the first to the last of ${logged} MB (three rounds).

| engine | in a row | ours / theirs | at once | ours / theirs | log, MB/s |
|---|---|---|---|---|---|
${crowdRows.join('\n')}

## The memory of a container

MB (1024 KiB) a container, when there are so many: the proportional set size of what stays with each (shim, conmon), and by how much the
machine's MemAvailable fell, divided by the containers (their sleep and the kernel's part included). *Daemons*: the size of what runs for all.

| engine | 1: PSS | fall | 10: PSS | fall | ${many}: PSS | fall | daemons |
|---|---|---|---|---|---|---|---|
${memoryRows.join('\n')}
`;
  } finally {
    for (const peer of peers) await peer.dispose();
    removeFolder(folder);
    removeLeftCgroups();
  }
}

// The section `run` of the bench: one small container from start to end, and the memory of an idle one. Commands take turns, so
// that a machine whose speed drifts is unfair to nobody.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ownVersion, program } from './fetchers.ts';
import { median } from './measure.ts';
import { pidsNamed, pssOf } from './memory.ts';
import { makePeers, type Peer, removeFolder, removeLeftCgroups } from './peers.ts';

export function ourselves(folder: string): Peer {
  const cli = [program, '--root', join(folder, 'tsdocker')];
  const flags = ['--network', 'none'];
  const image = 'localhost/busybox';
  spawnSync(program, [...cli.slice(1), 'run', '--rm', ...flags, image, 'true']);
  return {
    name: 'tsdocker',
    version: ownVersion(),
    command: (...args) => [...cli, 'run', '--rm', ...flags, image, ...args],
    cli,
    flags,
    image,
    atOnce: [],
    perContainer: ['tsdocker-shim'],
    shared: [],
    dispose: async () => {},
  };
}

/** Milliseconds of one command, from its start to its end. Throws where it fails: a failed run is no figure. */
export function time(words: readonly string[]): number {
  const begin = process.hrtime.bigint();
  const { status, stderr } = spawnSync(words[0]!, words.slice(1), {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  const end = process.hrtime.bigint();
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${stderr}`);
  return Number(end - begin) / 1e6;
}

function timeRuns(engines: readonly Peer[], rounds: number): Map<Peer, number[]> {
  const times = new Map<Peer, number[]>(engines.map((engine) => [engine, []]));
  for (let round = -2; round < rounds; round++) {
    for (const engine of engines) {
      const taken = time(engine.command('true'));
      if (round >= 0) times.get(engine)!.push(taken);
    }
  }
  return times;
}

interface Memory {
  readonly perContainer: number;
  readonly shared: number;
  readonly client: number;
}

/** What one idle container costs while it runs: what stays with it, what there is once for all, and the waiting client. */
async function weigh(engine: Peer): Promise<Memory> {
  const before = new Set(engine.perContainer.flatMap(pidsNamed));
  const words = engine.command('sleep', '30');
  const client = spawn(words[0]!, words.slice(1), { stdio: 'ignore' });
  const ended = new Promise((resolve) => client.once('exit', resolve));
  await setTimeout(3000);
  const sum = (pids: readonly number[]): number => pids.reduce((total, pid) => total + pssOf(pid), 0);
  const weight = {
    perContainer: sum(engine.perContainer.flatMap(pidsNamed).filter((pid) => !before.has(pid))),
    shared: sum(engine.shared.flatMap(pidsNamed)),
    client: sum([client.pid!]),
  };
  await ended;
  return weight;
}

/** @param rounds Of each engine, after two that do not count. */
export async function runSection(rounds: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tsdocker-bench-'));
  const peers = await makePeers(folder);
  const engines = [ourselves(folder), ...peers];
  try {
    const times = timeRuns(engines, rounds);
    const ours = median(times.get(engines[0]!)!);
    const runRows = engines.map((engine) => {
      const list = times.get(engine)!;
      const [low, middle, high] = [Math.min(...list), median(list), Math.max(...list)].map((value) => value.toFixed(1));
      return `| ${engine.name} ${engine.version} | ${middle} | ${low} to ${high} | ${(ours / median(list)).toFixed(2)} |`;
    });
    const memoryRows: string[] = [];
    for (const engine of engines.filter(({ perContainer }) => perContainer.length > 0)) {
      const { perContainer, shared, client } = await weigh(engine);
      const megabytes = (kilobytes: number) => (kilobytes / 1024).toFixed(2);
      memoryRows.push(`| ${engine.name} | ${megabytes(perContainer)} | ${megabytes(shared)} | ${megabytes(client)} |`);
    }
    return `## \`run --rm --network none busybox true\`

From the start of the command to its end, ${rounds} runs each after two that do not count; milliseconds.

| engine | median | range | ours / theirs |
|---|---|---|---|
${runRows.join('\n')}

runc alone has no image, no name, no record and no client: it is a lower bound, not a peer.

## The memory of one idle container

\`sleep\` in the foreground, after three seconds; proportional set size in MB (1024 KiB). *Stays* is what lives as long as the container;
*once* is what runs for all containers together; *client* is the waiting foreground command, which may go away.

| engine | stays | once | client |
|---|---|---|---|
${memoryRows.join('\n')}
`;
  } finally {
    for (const peer of peers) await peer.dispose();
    removeFolder(folder);
    removeLeftCgroups();
  }
}

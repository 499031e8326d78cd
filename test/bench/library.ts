// The section `library` of the bench: containers a second in one warm process that starts each, waits for its end and has it
// removed (`import { Engine } from 'tsdocker'`).
import { cpus } from 'node:os';
import { Engine } from '../../src/index.ts';
import { makeOwnFolder } from './cleanup.ts';
import { median } from './measure.ts';
import { kept } from './place.ts';

const image = 'localhost/busybox';
const batch = 100;

/** Containers a second. */
async function rate(engine: Engine, concurrency: number): Promise<number> {
  const begun = performance.now();
  let left = batch;
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const { exitCode } = await engine.output(image, ['true'], { network: 'none' });
      if (exitCode !== 0) throw new Error(`a container ended with ${exitCode}`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return batch / ((performance.now() - begun) / 1000);
}

export async function librarySection(rounds: number): Promise<string> {
  using folder = makeOwnFolder(kept, 'library');
  await using engine = await Engine.open({ root: folder.path });
  const concurrencies = [1, 8] as const;
  const rates = new Map<number, number[]>(concurrencies.map((each) => [each, []]));
  const used: number[] = [];
  for (let round = -1; round < rounds; round++) {
    for (const concurrency of concurrencies) {
      const before = process.cpuUsage();
      const measured = await rate(engine, concurrency);
      const { user, system } = process.cpuUsage(before);
      if (round < 0) continue; // warms up
      rates.get(concurrency)!.push(measured);
      used.push((user + system) / 1000 / batch);
    }
  }
  const left = engine.list({ all: true }).length;
  if (left > 0) throw new Error(`${left} containers were left`);
  const rows = concurrencies.map((each) => {
    const sorted = rates.get(each)!.sort((a, b) => a - b);
    const [low = 0, high = 0] = [sorted[0], sorted.at(-1)];
    return `| ${each} at a time | ${median(sorted).toFixed(0)} | ${low.toFixed(0)} to ${high.toFixed(0)} |`;
  });
  return `## The library: containers a second

One warm process starts \`${image} true\` with \`--network none\`, waits for its end and has it removed, ${batch} times a round,
${rounds} rounds, on ${cpus().length} cores. The process itself uses ${median(used).toFixed(1)} ms of processor time a container.

| | containers a second (median) | of the rounds |
|---|---:|---:|
${rows.join('\n')}
`;
}

// The section `images` of the bench: from a registry to ready to run, with a cold store and a warm page cache.
import { clean, type Fetcher, makeFetchers } from './fetchers.ts';
import { type BenchImage, makeImage, pulled } from './make-images.ts';
import { type Cost, type DiskUse, diskUse, median, megabytes, withAll } from './measure.ts';
import { imageFolder, makePlace, serve } from './place.ts';

interface Measured {
  readonly costs: Cost[];
  use: DiskUse;
}

/** One fetch into an empty store that is thrown away afterwards. */
async function measure(fetcher: Fetcher, reference: string): Promise<{ cost: Cost; use: DiskUse }> {
  await fetcher.prepare();
  try {
    const cost = await fetcher.fetch(reference);
    await fetcher.close();
    return { cost, use: diskUse(fetcher.store) };
  } finally {
    await fetcher.close();
    clean(fetcher);
  }
}

async function measureAll(fetchers: readonly Fetcher[], reference: string, rounds: number) {
  const all = new Map<Fetcher, Measured>();
  for (let round = 0; round < rounds; round++) {
    for (const fetcher of fetchers) {
      const { cost, use } = await measure(fetcher, reference);
      console.error(`bench: ${fetcher.name} ${reference}: ${cost.seconds.toFixed(1)} s, ${megabytes(cost.peak)} MB`);
      const measured = all.get(fetcher);
      if (measured === undefined) all.set(fetcher, { costs: [cost], use });
      else {
        measured.costs.push(cost);
        measured.use = use;
      }
    }
  }
  return all;
}

function table(image: BenchImage, all: ReadonlyMap<Fetcher, Measured>): string {
  const times = (measured: Measured) => measured.costs.map(({ seconds }) => seconds);
  const ours = median(times([...all.values()][0]!));
  const rows = [...all].map(([{ name, version }, measured]) => {
    const peaks = measured.costs.map(({ peak }) => peak / 1e6);
    const { apparent, real, inodes } = measured.use;
    const ratio = (ours / median(times(measured))).toFixed(2);
    return `| ${name} ${version} | ${withAll(times(measured))} | ${ratio} | ${withAll(peaks, 0)} | ${megabytes(apparent)} | ${megabytes(real)} | ${inodes} |`;
  });
  return `### ${image.name} (${image.remark}): ${image.layers} layers, ${image.entries} entries, ${megabytes(image.compressed)} MB compressed, ${megabytes(image.unpacked)} MB as tar

| engine | seconds | ours / theirs | peak memory, MB | bytes on disk, MB | blocks on disk, MB | inodes |
|---|---|---|---|---|---|---|
${rows.join('\n')}
`;
}

/** @param rounds How often each engine fetches each image. @param only Names of images; all of them unless told. */
export async function pullSection(rounds: number, only: readonly string[]): Promise<string> {
  const images = pulled
    .filter(({ name }) => only.length === 0 || only.includes(name))
    .map((recipe) => makeImage(recipe, imageFolder));
  using place = makePlace();
  const registry = await serve(images);
  try {
    const fetchers = makeFetchers(place.folder);
    const tables: string[] = [];
    for (const image of images) {
      tables.push(table(image, await measureAll(fetchers, `${registry.host}/${image.name}:latest`, rounds)));
    }
    return `## From a registry to ready to run

One registry on the loopback, page cache warm, a cold store for each fetch on one ${place.fileSystem}, the promises to the disk that each
engine makes by itself; the engines take turns, ${rounds} rounds; **median** (all). skopeo+umoci is \`skopeo copy\` and then \`umoci unpack\`;
the others pull. Peak memory: the largest process (time(1)); of docker what dockerd and containerd grew by, without
their own size, and without the processes that unpack. The store is measured with everything that the fetch left in it; 1 MB is 1,000,000 bytes.

${tables.join('\n')}`;
  } finally {
    await registry.stop();
  }
}

// The section `growth`: what more layers, more entries and more images in the store cost.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Digest } from '../../src/image/digest.ts';
import { formatReference, parseReference } from '../../src/image/reference.ts';
import { listImages } from '../../src/store/images.ts';
import { recordImage } from '../../src/store/record-image.ts';
import { openStore } from '../../src/store/store.ts';
import { removeStore } from './cleanup.ts';
import { program } from './fetchers.ts';
import { type BenchImage, byEntries, byLayers, makeImage } from './make-images.ts';
import { cost, withAll } from './measure.ts';
import { imageFolder, makePlace, serve } from './place.ts';

const pull = (store: string, reference: string) => cost([program, '--root', store, 'pull', '--quiet', reference]);

/** Seconds of pulls into stores of their own. */
async function timePulls(folder: string, reference: string, rounds: number): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const store = join(folder, `pull-${round}`);
    try {
      times.push((await pull(store, reference)).seconds);
    } finally {
      removeStore(store);
    }
  }
  return times;
}

/** Gives a store more images: each a row of its own with the documents of the one that is there. */
function fillUp(root: string, wanted: number): void {
  using store = openStore(root);
  const [first] = listImages(store);
  if (first === undefined) throw new Error('there is no image to multiply');
  for (let index = listImages(store).length; index < wanted; index++) {
    const digest = `sha256:${createHash('sha256').update(`${index}`).digest('hex')}` as Digest;
    const name = formatReference(parseReference(`registry.example/team-${index % 20}/image-${index}:latest`));
    recordImage(store, { ...first, names: [name], manifest: { ...first.manifest, digest } });
  }
}

async function timeLists(folder: string, reference: string, rounds: number): Promise<string[]> {
  const root = join(folder, 'many');
  await pull(root, reference);
  const rows: string[] = [];
  for (const images of [10, 100, 1000]) {
    fillUp(root, images);
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) {
      times.push((await cost([program, '--root', root, 'images'])).seconds * 1000);
    }
    rows.push(`| ${images} | ${withAll(times)} |`);
  }
  return rows;
}

/** @param rounds Of each measurement. */
export async function growthSection(rounds: number): Promise<string> {
  const [layers, entries] = [byLayers, byEntries].map((recipes) =>
    recipes.map((recipe) => makeImage(recipe, imageFolder)),
  ) as [BenchImage[], BenchImage[]];
  using place = makePlace();
  const registry = await serve([...layers, ...entries]);
  try {
    const rows = async (images: readonly BenchImage[]): Promise<string> => {
      const lines: string[] = [];
      for (const { name, remark } of images) {
        const times = await timePulls(place.folder, `${registry.host}/${name}:latest`, rounds);
        lines.push(`| ${remark} | ${withAll(times, 2)} |`);
      }
      return lines.join('\n');
    };
    return `## The cost of growth

tsdocker alone, ${rounds} rounds each, **median** (all).

| \`pull\` into a cold store of an image with | seconds |
|---|---|
${await rows(layers)}
${await rows(entries)}

| images in the store | \`images\`, milliseconds |
|---|---|
${(await timeLists(place.folder, `${registry.host}/${layers[0]!.name}:latest`, rounds)).join('\n')}
`;
  } finally {
    await registry.stop();
  }
}

// The section `sharing`: what the page cache grows by when one container, and then twenty of the same image, read the same
// 100 MB. One cache for all of them is the promise (design, 2.4).
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { clean, type Fetcher, makeFetchers } from './fetchers.ts';
import { makeImage, readable } from './make-images.ts';
import { withAll } from './measure.ts';
import { cached, imageFolder, makePlace, serve } from './place.ts';

const readAll = 'cat /data/*/* >/dev/null; echo read; cat';

/** A container that has read everything and waits for the end of its input. */
async function startReader(words: readonly string[]): Promise<ChildProcess> {
  const client = spawn(words[0]!, [...words.slice(1), 'sh', '-c', readAll], { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  client.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  await new Promise<void>((resolve, reject) => {
    client.once('error', reject).once('close', (status) => reject(new Error(`ended with ${status}: ${complaint}`)));
    client.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('read')) resolve();
    });
  });
  return client;
}

async function end(client: ChildProcess): Promise<void> {
  if (client.exitCode !== null) return;
  const ended = new Promise((resolve) => client.once('close', resolve));
  client.stdin?.end();
  await ended;
}

/** Lets the page cache forget the files of a folder: what a fetch has just written would count for nothing otherwise. */
function forget(folder: string): void {
  execFileSync('sync');
  execFileSync('find', [folder, '-type', 'f', '-exec', 'dd', 'if={}', 'iflag=nocache', 'count=0', 'status=none', ';']);
}

/** Bytes that the page cache has grown by with one container, and with all. */
async function weigh(words: readonly string[], containers: number): Promise<Growth> {
  const before = cached();
  const readers: ChildProcess[] = [];
  try {
    readers.push(await startReader(words));
    const one = cached() - before;
    while (readers.length < containers) readers.push(await startReader(words));
    return { one, all: cached() - before };
  } finally {
    for (const reader of readers) await end(reader);
  }
}

interface Growth {
  /** Bytes. */
  readonly one: number;
  readonly all: number;
}

async function measure(fetcher: Fetcher, reference: string, containers: number): Promise<Growth> {
  await fetcher.prepare();
  try {
    await fetcher.fetch(reference);
    forget(fetcher.store);
    return await weigh([...fetcher.run!(), reference], containers);
  } finally {
    await fetcher.close();
    clean(fetcher);
  }
}

/** @param containers How many share the image. @param rounds Of each engine, which take turns. */
export async function sharingSection(containers: number, rounds: number): Promise<string> {
  const image = makeImage(readable, imageFolder);
  using place = makePlace();
  const registry = await serve([image]);
  try {
    const growths = new Map<Fetcher, Growth[]>(
      makeFetchers(place.folder)
        .filter(({ run }) => run !== undefined)
        .map((fetcher) => [fetcher, []]),
    );
    for (let round = 0; round < rounds; round++) {
      for (const [fetcher, list] of growths) {
        list.push(await measure(fetcher, `${registry.host}/${image.name}:latest`, containers));
      }
    }
    const rows = [...growths].map(([{ name, version }, list]) => {
      const [one, all] = [list.map((each) => each.one / 1e6), list.map((each) => each.all / 1e6)];
      return `| ${name} ${version} | ${withAll(one, 0)} | ${withAll(all, 0)} |`;
    });
    return `## The page cache of containers that share an image

Each container reads the same 100 MB of files and goes on running; how much \`Cached\` of /proc/meminfo has grown, in MB: **median** (all).
It counts for the whole machine, so that a figure may be off by what others do. The store's files are not cached before.

| engine | one container | ${containers} containers |
|---|---|---|
${rows.join('\n')}
`;
  } finally {
    await registry.stop();
  }
}

// The section `sharing`: what the page cache grows by when one container, and then twenty of the same image, read the same
// 100 MB. One cache for all of them is the promise (design, 2.4).
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { clean, type Fetcher, makeFetchers } from './fetchers.ts';
import { makeImage, readable } from './make-images.ts';
import { megabytes } from './measure.ts';
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
async function weigh(words: readonly string[], containers: number): Promise<{ one: number; all: number }> {
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

async function measure(fetcher: Fetcher, reference: string, containers: number): Promise<string> {
  await fetcher.prepare();
  try {
    await fetcher.fetch(reference);
    forget(fetcher.store);
    const { one, all } = await weigh([...fetcher.run!(), reference], containers);
    return `| ${fetcher.name} ${fetcher.version} | ${megabytes(one)} | ${megabytes(all)} |`;
  } finally {
    await fetcher.close();
    clean(fetcher);
  }
}

export async function sharingSection(containers: number): Promise<string> {
  const image = makeImage(readable, imageFolder);
  using place = makePlace();
  const registry = await serve([image]);
  try {
    const rows: string[] = [];
    for (const fetcher of makeFetchers(place.folder).filter(({ run }) => run !== undefined)) {
      rows.push(await measure(fetcher, `${registry.host}/${image.name}:latest`, containers));
    }
    return `## The page cache of containers that share an image

Each reads the same 100 MB of files and goes on running; how much \`Cached\` of /proc/meminfo has grown, in MB. The store's files are not
cached before.

| engine | one container | ${containers} containers |
|---|---|---|
${rows.join('\n')}
`;
  } finally {
    await registry.stop();
  }
}

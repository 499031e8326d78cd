// Garbage collection in real stores: what it takes, what it leaves, and other processes beside it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { collectGarbage } from '../../src/engine/collect.ts';
import { pullImage } from '../../src/engine/pull.ts';
import { parseReference } from '../../src/image/reference.ts';
import { createBundle, removeBundle } from '../../src/store/bundles.ts';
import { forgetContainer, recordContainer } from '../../src/store/containers.ts';
import { neededBy } from '../../src/store/garbage.ts';
import { findImage, listImages } from '../../src/store/images.ts';
import { leaseContent } from '../../src/store/lease.ts';
import { changeImages, dropImage } from '../../src/store/record-image.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { hostArchitecture, makeOciLayout } from '../support/image-fixture.ts';
import { layoutSource } from '../support/layout-source.ts';
import { plainOptions } from '../support/run-options.ts';

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-garbage-'));
  store = openStore(join(folder, 'store'));
});
afterEach(() => {
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** An image of two layers, the lower of which all these images share. */
async function pull(name: string): Promise<void> {
  const layers = [[{ name: 'shared', body: 'shared' }], [{ name, body: name.repeat(5000) }]];
  const layout = await makeOciLayout(join(folder, `layout-${name}`), { layers });
  await pullImage(store, layoutSource(layout), parseReference(`localhost/${name}`), { platform: hostArchitecture });
}

const drop = (name: string): void => {
  const { manifestDigest } = findImage(store, `localhost/${name}`)!;
  changeImages(store, () => dropImage(store, manifestDigest));
};
const blobs = () => readdirSync(join(store.paths.image, 'blobs/sha256'));
const layers = () => readdirSync(store.paths.layer);
const temporary = () => readdirSync(store.paths.tmp);

test('what only a removed image needed goes, what another shares stays', async () => {
  await pull('one');
  await pull('two');
  expect(collectGarbage(store)).toEqual({ layers: [], reclaimed: 0 });
  expect([blobs().length, layers().length]).toEqual([7, 3]);
  const [, upper] = findImage(store, 'localhost/one')!.chain;
  drop('one');
  const { layers: gone, reclaimed } = collectGarbage(store);
  expect(gone).toEqual([upper]);
  expect(reclaimed).toBeGreaterThan(25_000);
  expect([blobs().length, layers().length, temporary()]).toEqual([4, 2, []]);
  drop('two');
  collectGarbage(store);
  expect([blobs(), layers(), temporary()]).toEqual([[], [], []]);
});

test('looking at one image’s content leaves what else is garbage', async () => {
  await pull('one');
  await pull('two');
  const [one] = listImages(store);
  drop('one');
  drop('two');
  collectGarbage(store, { blobs: neededBy(one!).digests, layers: one!.chain });
  expect([blobs().length, layers().length]).toEqual([3, 1]);
});

test('a container keeps the layers of an image that was removed by force', async () => {
  await pull('one');
  const image = findImage(store, 'localhost/one')!;
  const id = 'a'.repeat(64);
  const { descriptor } = createBundle(store, id);
  const { manifestDigest, chain, reference } = image;
  recordContainer(store, {
    id,
    name: 'a',
    image: reference,
    createdAt: 1,
    command: [],
    imageDigest: manifestDigest,
    chain,
    settings: {
      options: plainOptions,
      stopSignal: 'SIGTERM',
      imageId: image.configDigest,
      user: '',
      volumes: [],
      ports: [],
      exposed: [],
    },
  });
  drop('one');
  collectGarbage(store);
  expect([blobs().length, layers().length]).toEqual([0, 2]);
  forgetContainer(store, id);
  removeBundle(store, id);
  collectGarbage(store);
  expect(layers()).toEqual([]);
  closeSync(descriptor);
});

test('a container cannot be made of an image that was removed since it was looked up', async () => {
  await pull('one');
  const { manifestDigest, configDigest, chain, reference } = findImage(store, 'localhost/one')!;
  drop('one');
  const record = {
    id: 'a',
    name: 'a',
    image: reference,
    createdAt: 1,
    command: [],
    imageDigest: manifestDigest,
    chain,
    settings: {
      options: plainOptions,
      stopSignal: 'SIGTERM',
      imageId: configDigest,
      user: '',
      volumes: [],
      ports: [],
      exposed: [],
    },
  };
  expect(() => recordContainer(store, record)).toThrow(/^the image localhost\/one:latest was removed at this moment$/);
});

test('a lease keeps content as long as it lives', async () => {
  await pull('one');
  const [one] = listImages(store);
  const lease = leaseContent(store, neededBy(one!));
  drop('one');
  expect(collectGarbage(store)).toEqual({ layers: [], reclaimed: 0 });
  expect([blobs().length, layers().length, temporary().length]).toEqual([4, 2, 1]);
  lease[Symbol.dispose]();
  lease[Symbol.dispose]();
  expect(temporary()).toEqual([]);
  expect(collectGarbage(store).layers).toHaveLength(2);
});

const sources = join(import.meta.dirname, '../../src');
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Runs `script` with a `store`, in a process of its own, until it prints. */
async function beside(script: string): Promise<ChildProcess> {
  const modules = [
    'engine/collect',
    'store/lease',
    'store/bundles',
    'store/images',
    'store/store',
    'store/record-image',
  ];
  const head = modules.map((name) => `...(await import(${JSON.stringify(join(sources, `${name}.ts`))})),`).join('');
  const whole = `const m = {${head}}; using store = m.openStore(${JSON.stringify(store.root)}); ${script}`;
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', whole], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout!, 'data');
  return child;
}

test('a lease and a half-made bundle of a process that was killed are taken, those of one that lives are not', async () => {
  await pull('one');
  const [one] = listImages(store);
  drop('one');
  const child = await beside(`
    const lease = m.leaseContent(store, ${JSON.stringify(neededBy(one!))});
    process.stdout.write('ready');
    await new Promise((resolve) => setTimeout(resolve, 100_000));`);
  expect(collectGarbage(store).layers).toEqual([]);
  expect(temporary()).toEqual([expect.stringMatching(/^lease-/)]);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(collectGarbage(store).layers).toHaveLength(2);
  expect(temporary()).toEqual([]);
});

test('whatever else a killed process left goes: folders, files, layers half unpacked, trash of a collector', () => {
  for (const name of ['tmp/b0', 'tmp/garbage-00/0/deep/er', 'tmp/garbage-00/trash', 'layer/new-00/fs'])
    mkdirSync(join(store.root, name), { recursive: true });
  writeFileSync(join(store.paths.tmp, 'index.json'), '{');
  writeFileSync(join(store.paths.tmp, 'lease-torn'), '{"dig');
  writeFileSync(join(store.paths.tmp, 'garbage-00/0/deep/file'), '');
  writeFileSync(join(store.paths.download, 'broken-off'), 'bytes');
  collectGarbage(store);
  expect([temporary(), layers(), readdirSync(store.paths.download)]).toEqual([[], [], []]);
});

test('a layer with names that are no text and with links is removed, and nothing that they point to', async () => {
  const outside = join(folder, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'file'), '');
  const layout = await makeOciLayout(join(folder, 'hostile'), {
    layers: [
      [
        { name: 'link', type: 'symlink', linkname: outside },
        { name: 'dir/link', type: 'symlink', linkname: `${outside}/file` },
      ],
    ],
  });
  await pullImage(store, layoutSource(layout), parseReference('localhost/hostile'), { platform: hostArchitecture });
  drop('hostile');
  collectGarbage(store);
  expect([layers(), existsSync(join(outside, 'file'))]).toEqual([[], true]);
});

test('several collectors at once beside images that come and go: no image loses anything', async () => {
  await pull('kept');
  const kept = listImages(store)[0]!;
  const collectors = await Promise.all(
    [1, 2].map(() =>
      beside(`
        process.stdout.write('ready');
        const end = Date.now() + 3000;
        while (Date.now() < end) { m.collectGarbage(store); await new Promise((resolve) => setTimeout(resolve, 5)); }`),
    ),
  );
  const ends = collectors.map((child) => once(child, 'exit'));
  for (let round = 0; round < 10; round++) {
    await pull(`turn${round}`);
    const image = findImage(store, `localhost/turn${round}`)!;
    expect(layers()).toEqual(expect.arrayContaining(image.chain.map((id) => id.slice(7))));
    expect(blobs()).toEqual(
      expect.arrayContaining(
        neededBy(listImages(store).find(({ manifest }) => manifest.digest === image.manifestDigest)!).digests.map(
          (digest) => digest.slice(7),
        ),
      ),
    );
    drop(`turn${round}`);
  }
  expect(await Promise.all(ends)).toEqual([
    [0, null],
    [0, null],
  ]);
  collectGarbage(store);
  expect(blobs().sort()).toEqual(
    neededBy(kept)
      .digests.map((digest) => digest.slice(7))
      .sort(),
  );
  expect([layers().length, temporary()]).toEqual([2, []]);
});

test('bundles that are being made beside a collector are never taken', async () => {
  const child = await beside(`
    process.stdout.write('ready');
    const end = Date.now() + 2000;
    while (Date.now() < end) m.collectGarbage(store);`);
  const end = once(child, 'exit');
  while (child.exitCode === null) {
    const id = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('hex');
    const { descriptor, path } = createBundle(store, id);
    expect(readdirSync(path).sort()).toEqual(['rootfs', 'upper', 'work']);
    removeBundle(store, id);
    closeSync(descriptor);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await end).toEqual([0, null]);
});

// The store's images: the embedded ones, and the layout that other tools can read (image-spec image-layout.md).
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildEmbedded, embeddedImages, isEmbedded } from '../../src/engine/embedded.ts';
import { digestHex } from '../../src/image/digest.ts';
import { parseReference } from '../../src/image/reference.ts';
import { findImage, listImages } from '../../src/store/images.ts';
import { recordImage } from '../../src/store/record-image.ts';
import { openStore } from '../../src/store/store.ts';
import { makeStore } from '../support/tsdocker.ts';

const run = promisify(execFile);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-images-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const names = Object.keys(embeddedImages).map((name) => `localhost/${name}`);

test.each(names)('%s is built with the same digest in every store', async (name) => {
  const build = async (place: string) => {
    using store = openStore(join(folder, place));
    return await buildEmbedded(store, parseReference(name));
  };
  const [first, second] = [await build('one'), await build('two')];
  expect(second.manifestDigest).toBe(first.manifestDigest);
  expect(first.reference).toBe(`${name}:latest`);
  expect(first.config.config.Cmd).toHaveLength(1);
});

test.each(names)('skopeo reads %s from the store’s layout, and the layout is valid', async (name) => {
  using store = openStore(join(folder, 'store'));
  for (const each of names) await buildEmbedded(store, parseReference(each));
  const place = `oci:${store.paths.image}:${name}:latest`;
  const { stdout } = await run('skopeo', ['inspect', place]);
  expect(JSON.parse(stdout)).toMatchObject({ Digest: findImage(store, name)?.manifestDigest, Os: 'linux' });
  await run('skopeo', ['--insecure-policy', 'copy', '--quiet', place, `dir:${join(folder, 'copy')}`]);
});

test('the embedded busybox has a shell, its commands, users, and a folder for everyone’s temporary files', () => {
  using store = makeStore();
  expect(store.sh('id -un && ls -ld /tmp && seq 2 | tac')).toMatch(/^root\ndrwxrwxrwt .*\n2\n1\n$/);
});

test('building an embedded image again changes nothing', async () => {
  using store = openStore(folder);
  const reference = parseReference('localhost/hello');
  await buildEmbedded(store, reference);
  const before = readdirSync(folder, { recursive: true }).sort();
  await buildEmbedded(store, reference);
  expect(readdirSync(folder, { recursive: true }).sort()).toEqual(before);
  expect(readdirSync(store.paths.tmp)).toEqual([]);
});

test('only the latest of what has a recipe is embedded, and only at localhost', () => {
  const embedded = (name: string) => isEmbedded(parseReference(name));
  expect(['localhost/busybox', 'localhost/hello:latest'].map(embedded)).toEqual([true, true]);
  const others = [
    'busybox',
    'localhost/nothing',
    'localhost/busybox:1',
    'localhost:5000/busybox',
    'localhost/toString',
  ];
  expect(others.slice(0, 4).map(embedded)).toEqual([false, false, false, false]);
});

test('an image is found by its name, and by the beginning of either digest', async () => {
  using store = openStore(folder);
  const image = await buildEmbedded(store, parseReference('localhost/hello'));
  const hex = digestHex(image.configDigest);
  const manifestHex = digestHex(image.manifestDigest);
  for (const name of [
    'localhost/hello',
    'localhost/hello:latest',
    hex,
    hex.slice(0, 12),
    `sha256:${hex}`,
    manifestHex,
  ]) {
    expect(findImage(store, name), name).toEqual(image);
  }
  for (const name of ['hello', 'localhost/hello:1', '0'.repeat(64), 'localhost/HELLO', '', '*', '%', `${hex}0`]) {
    expect(findImage(store, name), name).toBeUndefined();
  }
});

test('a name moves to the image that is recorded last, and an ambiguous id is refused', async () => {
  using store = openStore(folder);
  const hello = await buildEmbedded(store, parseReference('localhost/hello'));
  const [record] = listImages(store);
  const like = `${hello.manifestDigest.slice(0, 20)}${'0'.repeat(51)}` as typeof hello.manifestDigest;
  recordImage(store, {
    ...record!,
    names: ['localhost/other:latest'],
    manifest: { ...record!.manifest, digest: like },
  });
  expect(() => findImage(store, hello.manifestDigest.slice('sha256:'.length, 18))).toThrow('is ambiguous');
  recordImage(store, { ...record!, names: ['localhost/other:latest'] });
  expect(listImages(store).map(({ names, manifest }) => [names, manifest.digest])).toEqual([
    [['localhost/hello:latest', 'localhost/other:latest'], hello.manifestDigest],
    [[], like],
  ]);
  const index = JSON.parse(readFileSync(join(store.paths.image, 'index.json'), 'utf8'));
  expect(
    index.manifests.map((each: { annotations?: object }) => Object.values(each.annotations ?? { no: 'name' })),
  ).toEqual([['localhost/hello:latest'], ['localhost/other:latest'], ['name']]);
});

test('many processes open the same new store and write to it at once, and none is turned away', async () => {
  const script = `
    const { openStore } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/store/store.ts'))});
    const { recordImage } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/store/record-image.ts'))});
    using store = openStore(${JSON.stringify(join(folder, 'store'))});
    const digest = 'sha256:' + '0'.repeat(64);
    const manifest = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 1 };
    for (let count = 0; count < 5; count++) {
      const reference = 'localhost/' + process.pid + ':' + count;
      recordImage(store, { names: [reference], manifest, configDigest: digest, created: '', chain: [], layers: [] });
    }`;
  await Promise.all(
    Array.from({ length: 8 }, () => run(process.execPath, ['--no-warnings', '--input-type=module', '-e', script])),
  );
  using store = openStore(join(folder, 'store'));
  expect(listImages(store).map(({ names }) => names.length)).toEqual([40]);
  expect(JSON.parse(readFileSync(join(store.paths.image, 'index.json'), 'utf8')).manifests).toHaveLength(40);
  expect(readdirSync(store.root).sort()).toEqual([
    'container',
    'download',
    'image',
    'layer',
    'tmp',
    'tsdocker.db',
    'tsdocker.db-shm',
    'tsdocker.db-wal',
  ]);
});

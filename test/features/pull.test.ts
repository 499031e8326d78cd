// Pulling: from a real registry by the command, and from a source that fails in every way, with the store looked at after.
import { execFile } from 'node:child_process';
import { createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type PullProgress, pullImage } from '../../src/engine/pull.ts';
import type { Descriptor } from '../../src/image/descriptor.ts';
import { hostPlatform, parsePlatform } from '../../src/image/platform.ts';
import { formatReference, parseReference } from '../../src/image/reference.ts';
import type { ImageSource } from '../../src/registry/image-source.ts';
import { findImage, listImages } from '../../src/store/images.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { type ImageSpecification, type Layout, makeOciLayout, pushLayout } from '../support/image-fixture.ts';
import { layerNames } from '../support/layer-names.ts';
import { blobFile, layoutSource } from '../support/layout-source.ts';
import { type RegistryServer, startRegistry } from '../support/registry-server.ts';
import { program } from '../support/tsdocker.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-pull-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const threeLayers: ImageSpecification = {
  layers: [
    [{ name: 'a', body: 'lowest' }],
    [{ name: 'b', body: 'x'.repeat(300_000) }],
    [{ name: 'c', body: 'topmost' }],
  ],
  config: { Cmd: ['/a'] },
};
const reference = parseReference('localhost/three');
const options = { platform: hostPlatform() };

describe('from a real registry', () => {
  let registry: RegistryServer;
  beforeAll(async () => {
    registry = await startRegistry();
  });
  afterAll(() => registry.stop());

  const tsdocker = (...words: string[]) =>
    promisify(execFile)(program, words, { env: { PATH: process.env.PATH, TSDOCKER_ROOT: join(folder, 'store') } });

  test.each([
    ['OCI', 'oci', 'gzip'],
    ['OCI', 'oci', 'zstd'],
    ['OCI', 'oci', 'none'],
    ['Docker', 'v2s2', 'gzip'],
  ] as const)('pull takes an image of %s manifests (%s) with %s layers', async (_name, format, compression) => {
    const layout = await makeOciLayout(join(folder, 'layout'), { ...threeLayers, compression });
    const name = `${registry.host}/${format}-${compression}:1`;
    await pushLayout(layout, name, { format });
    const { stdout } = await tsdocker('pull', '--plain-http', registry.host, name);
    expect(stdout).toContain(name);
    using store = openStore(join(folder, 'store'));
    const image = findImage(store, name)!;
    expect(image.config.config.Cmd).toEqual(['/a']);
    expect(image.layers.map(layerNames)).toEqual([['c'], ['b'], ['a']]);
    if (format === 'oci') expect(image.manifestDigest).toBe(layout.images[0]!.manifest.digest);
  });

  test('pull chooses the platform out of an index, and takes an image by its digest', async () => {
    const [amd64, arm] = ['linux/amd64', 'linux/arm/v7'].map(parsePlatform);
    const layout = await makeOciLayout(join(folder, 'layout'), [
      { layers: [[{ name: 'amd64', body: '' }]], platform: amd64! },
      { layers: [[{ name: 'arm', body: '' }]], platform: arm! },
    ]);
    await pushLayout(layout, `${registry.host}/platforms:1`);
    const name = `${registry.host}/platforms@${layout.top.digest}`;
    await tsdocker('pull', '--plain-http', registry.host, '--platform', 'linux/arm/v7', name);
    using store = openStore(join(folder, 'store'));
    const image = findImage(store, name)!;
    expect(image.manifestDigest).toBe(layout.images[1]!.manifest.digest);
    expect(layerNames(image.layers[0]!)).toEqual(['arm']);
  });
});

describe('what a pull leaves in the store', () => {
  let store: Store;
  let layout: Layout;
  beforeEach(async () => {
    store = openStore(join(folder, 'store'));
    layout = await makeOciLayout(join(folder, 'layout'), threeLayers);
  });
  afterEach(() => store[Symbol.dispose]());

  /** Nothing half-made, and no image. */
  function expectNoImage(store: Store): void {
    expect(listImages(store)).toEqual([]);
    expect(readdirSync(store.paths.tmp)).toEqual([]);
    expect(readdirSync(store.paths.layer).filter((name) => !/^[0-9a-f]{64}$/.test(name))).toEqual([]);
    expect(JSON.parse(readFileSync(join(store.paths.image, 'index.json'), 'utf8')).manifests).toEqual([]);
  }

  /** The layout's source, where the blob of layer `index` comes as `alter` makes it. */
  function altered(index: number, alter: (blob: Buffer) => AsyncIterable<Uint8Array>): ImageSource {
    const source = layoutSource(layout);
    const target = layout.images[0]!.layers[index]!;
    const openBlob = (descriptor: Descriptor) =>
      descriptor.digest === target.digest
        ? alter(readFileSync(blobFile(layout.folder, descriptor)))
        : source.openBlob(descriptor);
    return { ...source, openBlob };
  }
  async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    yield bytes;
  }

  test.each<[string, (blob: Buffer) => AsyncIterable<Uint8Array>, string]>([
    ['is cut short', (blob) => once(blob.subarray(0, -1)), 'bytes instead of'],
    ['is longer than it said', (blob) => once(Buffer.concat([blob, Buffer.alloc(1)])), 'larger than its'],
    ['has a byte changed', (blob) => once(blob.with(50, blob[50]! ^ 1)), 'has the wrong digest'],
    [
      'breaks off',
      async function* (blob) {
        yield blob.subarray(0, 20);
        throw new Error('the line is cut');
      },
      'the line is cut',
    ],
  ])('no image, and nothing half-made, where a layer %s', async (_name, alter, why) => {
    for (const index of [0, 1, 2]) {
      using fresh = openStore(join(folder, `store-${index}`)); // a layer that another pull had is not asked for
      await expect(pullImage(fresh, altered(index, alter), reference, options)).rejects.toThrow(why);
      expectNoImage(fresh);
      await pullImage(fresh, layoutSource(layout), reference, options);
      expect(findImage(fresh, formatReference(reference))!.layers).toHaveLength(3);
    }
  });

  test('a layer that a mirror sent wrong is had from the registry, within the same pull', async () => {
    const good = layoutSource(layout);
    const target = layout.images[0]!.layers[1]!;
    let asked = 0;
    const source: ImageSource = {
      ...good,
      openBlob: (each, from = 0) => {
        const isWrong = each.digest === target.digest && asked++ === 0;
        return isWrong
          ? once(readFileSync(blobFile(layout.folder, each)).fill('x').subarray(from))
          : good.openBlob(each, from);
      },
      distrust: () => asked === 1,
    };
    await pullImage(store, source, reference, options);
    expect(asked).toBe(2);
    expect(findImage(store, formatReference(reference))!.layers).toHaveLength(3);
  });

  test('what an interrupted pull has downloaded is not fetched again', async () => {
    const [target] = layout.images[0]!.layers;
    const offsets: number[] = [];
    const source = (end: number | undefined): ImageSource => ({
      ...layoutSource(layout),
      async *openBlob(each, from = 0) {
        const blob = readFileSync(blobFile(layout.folder, each));
        if (each.digest !== target!.digest) yield blob.subarray(from);
        else {
          offsets.push(from);
          yield blob.subarray(from, end);
          if (end !== undefined) throw new Error('the line is cut');
        }
      },
    });
    await expect(pullImage(store, source(30), reference, options)).rejects.toThrow('the line is cut');
    await pullImage(store, source(undefined), reference, options);
    expect(offsets).toEqual([0, 30]);
    expect(readdirSync(store.paths.download)).toEqual([]);
  });

  test('an endless layer is given up at the first byte too many', async () => {
    let sent = 0;
    const endless = altered(1, async function* () {
      for (;;) {
        sent += 1000;
        yield Buffer.alloc(1000);
      }
    });
    await expect(pullImage(store, endless, reference, options)).rejects.toThrow('larger than its');
    expect(sent).toBeLessThan(layout.images[0]!.layers[1]!.size + 2001);
    expectNoImage(store);
  });

  test('a layer that never comes does not keep a failed or an interrupted pull waiting', async () => {
    const silent = async function* (): AsyncGenerator<Uint8Array> {
      await setTimeout(3_600_000, undefined, { ref: false });
      yield Buffer.alloc(0);
    };
    const stuck = altered(0, silent);
    const target = layout.images[0]!.layers[2]!.digest;
    const failing = {
      ...stuck,
      openBlob: (each: Descriptor) => (each.digest === target ? once(Buffer.alloc(1)) : stuck.openBlob(each)),
    };
    await expect(pullImage(store, failing, reference, options)).rejects.toThrow('bytes instead of');
    const stop = new AbortController();
    const pull = pullImage(store, stuck, reference, { ...options, signal: stop.signal });
    stop.abort(new Error('interrupted'));
    await expect(pull).rejects.toThrow('interrupted');
    expectNoImage(store);
  });

  test.each<[string, ImageSpecification, string]>([
    [
      'names another content of a layer',
      {
        layers: threeLayers.layers,
        alter: (config) => ({
          ...config,
          rootfs: { type: 'layers', diff_ids: [1, 2, 3].map((digit) => `sha256:${String(digit).repeat(64)}`) },
        }),
      },
      'has the diffID',
    ],
    [
      'names more layers than there are',
      { layers: threeLayers.layers, alter: (config) => ({ ...config, rootfs: { type: 'layers', diff_ids: [] } }) },
      'names 0 layers and its manifest 3',
    ],
    [
      'is for another machine',
      { layers: threeLayers.layers, platform: { os: 'linux', architecture: 's390x' } },
      'is for linux/s390x and not for',
    ],
    [
      'is for another system',
      { layers: threeLayers.layers, platform: { os: 'plan9', architecture: 'amd64' } },
      'is for plan9/amd64 and not for',
    ],
  ])('no image, and nothing half-made, where its config %s', async (_name, specification, why) => {
    const liar = await makeOciLayout(join(folder, 'liar'), specification);
    await expect(pullImage(store, layoutSource(liar), reference, options)).rejects.toThrow(why);
    expectNoImage(store);
    expect(readdirSync(store.paths.layer)).toEqual([]);
  });

  test('layers that are there are neither fetched nor unpacked again, and each step is told', async () => {
    const seen: PullProgress[] = [];
    const onProgress = (progress: PullProgress) => seen.push(progress);
    await pullImage(store, layoutSource(layout), reference, { ...options, onProgress });
    const layers = layout.images[0]!.layers.map(({ digest }) => digest);
    for (const layer of layers) {
      expect([...new Set(seen.filter((each) => each.layer === layer).map(({ status }) => status))]).toEqual([
        'waiting',
        'downloading',
        'downloaded',
        'unpacking',
        'unpacked',
      ]);
    }
    expect(seen.filter(({ status }) => status === 'unpacked').map(({ layer }) => layer)).toEqual(layers);
    seen.length = 0;
    const before = statSync(findImage(store, formatReference(reference))!.layers[0]!.path).ino;
    const refusing: ImageSource = {
      ...layoutSource(layout),
      openBlob: () => {
        throw new Error('asked for a blob');
      },
    };
    await pullImage(store, refusing, parseReference('localhost/again'), { ...options, onProgress });
    expect(seen).toEqual([
      ...layers.map((layer) => ({ layer, status: 'waiting' })),
      ...layers.map((layer) => ({ layer, status: 'exists' })),
    ]);
    expect(statSync(findImage(store, 'localhost/again')!.layers[0]!.path).ino).toBe(before);
  });

  test('the same layers in another order are other layers on disk', async () => {
    await pullImage(store, layoutSource(layout), reference, options);
    const turned = await makeOciLayout(join(folder, 'turned'), { layers: threeLayers.layers.toReversed() });
    await pullImage(store, layoutSource(turned), parseReference('localhost/turned'), options);
    expect(findImage(store, 'localhost/turned')!.layers.map(layerNames)).toEqual([['a'], ['b'], ['c']]);
    expect(readdirSync(store.paths.layer)).toHaveLength(6);
  });

  test('an image may have the same layer twice, or none', async () => {
    const empty = await makeOciLayout(join(folder, 'empty'), { layers: [] });
    await pullImage(store, layoutSource(empty), parseReference('localhost/empty'), options);
    expect(findImage(store, 'localhost/empty')!.layers).toEqual([]);
    const twice = await makeOciLayout(join(folder, 'twice'), { layers: [[], [{ name: 'a', body: '' }], []] });
    await pullImage(store, layoutSource(twice), parseReference('localhost/twice'), options);
    expect(findImage(store, 'localhost/twice')!.layers).toHaveLength(3);
  });

  test('pulls of the same image at once all succeed, and leave one of each layer', async () => {
    const slow: ImageSource = {
      ...layoutSource(layout),
      openBlob: (each) => createReadStream(blobFile(layout.folder, each), { highWaterMark: 100 }),
    };
    const names = ['one', 'two', 'three', 'four'].map((name) => parseReference(`localhost/${name}`));
    await Promise.all(names.map((name) => pullImage(store, slow, name, options)));
    expect(listImages(store).map(({ names: given }) => given.length)).toEqual([4]);
    expect(readdirSync(store.paths.layer)).toHaveLength(3);
  });

  test('what a pull that was killed left is swept by the next', async () => {
    const script = `
      const { directoryDriver } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/layer/directory-driver.ts'))});
      const content = (async function* () { process.kill(process.pid, 'SIGKILL'); yield Buffer.alloc(4); })();
      const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar', size: 4, diffID: 'sha256:${'0'.repeat(64)}', content };
      await directoryDriver(${JSON.stringify(store.paths.layer)}).add(layer.diffID, layer, Promise.resolve([]));`;
    const killed = promisify(execFile)(process.execPath, ['--no-warnings', '--input-type=module', '-e', script]);
    await expect(killed).rejects.toMatchObject({ signal: 'SIGKILL' });
    expect(readdirSync(store.paths.layer)).toEqual([expect.stringMatching(/^new-/)]);
    await pullImage(store, layoutSource(layout), reference, options);
    expect(readdirSync(store.paths.layer).filter((name) => name.startsWith('new-'))).toEqual([]);
  });
});

// Pushing to registries that are slow, picky, far away or lying (distribution-spec, "Push"): what can be mended is, and what
// cannot be ends in one clear line without a manifest at the registry.
import { afterEach, describe, expect, test } from 'vitest';
import type { Descriptor } from '../../src/image/descriptor.ts';
import { mediaTypes } from '../../src/image/media-types.ts';
import { parseReference } from '../../src/image/reference.ts';
import { type PushOptions, type PushProgress, pushToRegistry } from '../../src/registry/push.ts';
import { startUploadRegistry, type UploadFaults, type UploadRegistry } from '../fakes/upload-registry.ts';
import { sha256 } from '../support/image-fixture.ts';

/** More than one part of the smallest size that we send. */
const size = 40 * 2 ** 20;
const layer = Buffer.alloc(size, 'a layer, which is said over and over again; ');
const config = Buffer.from('{"os":"linux"}');
const descriptorOf = (bytes: Uint8Array, mediaType: string): Descriptor => ({
  mediaType,
  digest: sha256(bytes),
  size: bytes.byteLength,
});
const layerDescriptor = descriptorOf(layer, mediaTypes.ociLayer);
const configDescriptor = descriptorOf(config, mediaTypes.ociConfig);
const manifest = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: configDescriptor,
    layers: [layerDescriptor],
  }),
);
const image = {
  manifest: { descriptor: descriptorOf(manifest, mediaTypes.ociManifest), bytes: manifest },
  config: configDescriptor,
  layers: [layerDescriptor],
};

async function* open({ digest }: Descriptor, from: number, to: number): AsyncGenerator<Uint8Array, void> {
  const bytes = digest === layerDescriptor.digest ? layer : config;
  for (let at = from; at < to; at += 2 ** 18) yield bytes.subarray(at, Math.min(at + 2 ** 18, to));
}

const running: UploadRegistry[] = [];
afterEach(async () => {
  for (const registry of running.splice(0)) await registry.stop();
});

async function start(faults: UploadFaults) {
  const registry = await startUploadRegistry(faults);
  running.push(registry);
  const progress: PushProgress[] = [];
  const push = (options: Partial<PushOptions> = {}) =>
    pushToRegistry(parseReference(`${registry.host}/thing:1`), image, open, {
      configuration: new Map(),
      retry: { firstDelay: 1 },
      idleLimit: 20_000,
      onProgress: (each) => progress.push(each),
      ...options,
    });
  /** The layer's uploads and parts, without the questions. */
  const parts = () =>
    registry.requests
      .filter(({ method, received }) => (method === 'PATCH' || method === 'PUT') && received !== manifest.byteLength)
      .map(({ method, received, headers }) => [method, headers['content-range'], received]);
  return { registry, push, progress, parts };
}

/** That everything arrived as it is. */
function expectWhole({ blobs, manifests }: UploadRegistry): void {
  expect([...blobs.keys()].toSorted()).toEqual([layerDescriptor.digest, configDescriptor.digest].toSorted());
  expect(manifests.get('1')).toEqual(manifest);
}

/** The first part of any upload meets this, the others nothing. */
const first =
  <T>(fault: T) =>
  (nth: number): T | undefined =>
    nth === 1 ? fault : undefined;

describe('what is mended', () => {
  test('an upload whose connection is lost in the middle goes on where it stopped', async () => {
    const { registry, push, parts, progress } = await start({ part: first({ keep: 12_345_678 }) });
    await push();
    expectWhole(registry);
    expect(parts()).toEqual([
      ['PUT', undefined, size],
      ['PATCH', `12345678-${size - 1}`, size - 12_345_678],
      ['PUT', undefined, 0],
      ['PUT', undefined, config.byteLength],
    ]);
    expect(progress.map(({ status }) => status)).toContain('retrying');
  });

  test('an upload that the registry forgot when its connection was lost begins anew', async () => {
    const { registry, push } = await start({ part: first({ keep: 1000 }), status: { status: 404 } });
    await push();
    expectWhole(registry);
    expect(registry.requests.filter(({ method }) => method === 'POST')).toHaveLength(3);
  });

  test('an upload that had nothing of it yet when its connection was lost is sent whole', async () => {
    const { registry, push } = await start({ part: first({ keep: 0 }) });
    await push();
    expectWhole(registry);
  });

  test.each([429, 500, 502, 503])('a registry that answers %i is asked again', async (status) => {
    const busy = { status, headers: { 'retry-after': '0' } };
    const { registry, push } = await start({ begin: first(busy), part: first(busy) });
    await push();
    expectWhole(registry);
  });

  test.each([401, 404, 416])(
    'a part that is answered with %i is sent again from where the registry stands, once',
    async (status) => {
      const basic = { username: 'someone', password: 'secret' };
      const refused = { status, headers: { 'www-authenticate': 'Basic realm="fake"' } };
      const options = { credentials: async () => basic };
      const once = await start({ basic, part: first(refused) });
      await once.push(options);
      expectWhole(once.registry);
      const always = await start({ basic, part: () => refused });
      await expect(always.push(options)).rejects.toThrow(status === 401 ? 'denied a push' : `answered ${status}`);
      expect(always.registry.manifests.size).toBe(0);
    },
  );

  test('parts are as large as OCI-Chunk-Min-Length wants them, but for the last', async () => {
    const least = 17 * 2 ** 20;
    const { registry, push, parts } = await start({ leastChunk: least });
    await push();
    expectWhole(registry);
    expect(parts().filter(([method]) => method === 'PATCH')).toEqual([
      ['PATCH', `0-${least - 1}`, least],
      ['PATCH', `${least}-${2 * least - 1}`, least],
      ['PATCH', `${2 * least}-${size - 1}`, size - 2 * least],
    ]);
  });

  test('a part that is lost is sent again, and those before it are not', async () => {
    const least = 17 * 2 ** 20;
    const { registry, push, parts } = await start({
      leastChunk: least,
      part: (nth) => (nth === 2 ? { keep: 100 } : undefined),
    });
    await push();
    expectWhole(registry);
    expect(parts()[2]).toEqual(['PATCH', `${least + 100}-${2 * least + 99}`, least]);
  });

  test('a layer of another repository is mounted, and none of its bytes are sent', async () => {
    const { registry, push, progress, parts } = await start({ mount: 'accepted' });
    await push({ mountFrom: () => 'team/other' });
    const { path } = registry.requests.find(({ method }) => method === 'POST')!;
    expect(path).toBe(
      `/v2/thing/blobs/uploads/?mount=${encodeURIComponent(layerDescriptor.digest)}&from=${encodeURIComponent('team/other')}`,
    );
    expect(progress.at(-1)).toMatchObject({ status: 'mounted', from: 'team/other' });
    expect(parts()).toEqual([['PUT', undefined, config.byteLength]]);
  });

  test.each(['ignored', 'refused'] as const)('a mount that is %s becomes an upload', async (mount) => {
    const { registry, push, progress } = await start({ mount });
    await push({ mountFrom: () => 'team/other' });
    expectWhole(registry);
    expect(progress.at(-1)).toMatchObject({ status: 'pushed' });
  });
});

describe('where uploads go', () => {
  test.each<[string, UploadFaults['location']]>([
    ['a path', (path) => path],
    ['a path relative to the one asked', (path) => path.slice('/v2/thing/blobs/uploads/'.length)],
    ['an address without a scheme', (path, elsewhere) => `${elsewhere.slice('http:'.length)}${path}`],
    ['another host', (path, elsewhere) => `${elsewhere}${path}`],
  ])('to %s', async (what, location) => {
    // A relative one is told from /uploads/ first, and from /uploads/ID afterwards.
    const { registry, push } = await start({ location: location! });
    await push();
    expectWhole(registry);
    const sent = registry.requests.filter(({ received, method }) => method === 'PUT' && received === size);
    expect(sent.map(({ where }) => where)).toEqual([/host|scheme/.test(what) ? 'elsewhere' : 'registry']);
  });

  test('another host hears nothing of who we are, also when a lost upload goes on there', async () => {
    const basic = { username: 'someone', password: 'secret' };
    const { registry, push } = await start({
      basic,
      location: (path, elsewhere) => `${elsewhere}${path}`,
      part: first({ keep: 5 }),
    });
    await push({ credentials: async () => basic });
    expectWhole(registry);
    const there = registry.requests.filter(({ where }) => where === 'elsewhere');
    expect(there.map(({ method }) => method)).toEqual(['PUT', 'GET', 'PATCH', 'PUT', 'PUT']);
    for (const { headers } of there) expect(headers).not.toHaveProperty('authorization');
    expect(registry.requests.some(({ headers }) => headers.authorization !== undefined)).toBe(true);
  });

  test.each([
    ['file:///etc/passwd', 'by neither http nor https'],
    ['http://someone:secret@127.0.0.1/', 'with credentials in the address'],
    ['http://[', 'nowhere'],
  ])('never to %s', async (location, why) => {
    const { registry, push } = await start({ location: () => location });
    await expect(push()).rejects.toThrow(why);
    expect(registry.manifests.size).toBe(0);
  });
});

describe('what ends a push', () => {
  test('a limit that is not lifted soon enough', async () => {
    const { push } = await start({ begin: () => ({ status: 429, headers: { 'retry-after': '86400' } }) });
    await expect(push()).rejects.toThrow('limits how often it is asked');
  });

  test('a connection that is lost again and again', async () => {
    const { registry, push } = await start({ part: () => ({ keep: 0 }) });
    await expect(push({ retry: { firstDelay: 1, tries: 3 } })).rejects.toThrow(/cannot be reached: the connection was/);
    expect(registry.requests.filter(({ received }) => received === size)).toHaveLength(3);
    expect(registry.manifests.size).toBe(0);
  });

  test('a registry for reading only', async () => {
    const { registry, push } = await start({ begin: () => ({ status: 405 }) });
    await expect(push()).rejects.toMatchObject({ hint: 'it may be for reading only' });
    expect(registry.manifests.size).toBe(0);
  });

  test('a blob that the registry does not take', async () => {
    const { push } = await start({ part: () => ({ status: 400 }) });
    await expect(push()).rejects.toThrow(`answered 400 to the push of the blob ${layerDescriptor.digest}`);
  });

  test('a manifest that the registry does not take', async () => {
    const { registry, push } = await start({ manifest: { status: 400 } });
    await expect(push()).rejects.toThrow('answered 400 to the push of the manifest 1');
    expect(registry.manifests.size).toBe(0);
  });

  test('a registry that says that the manifest has another digest', async () => {
    const { push } = await start({ digest: `sha256:${'0'.repeat(64)}` });
    await expect(push()).rejects.toThrow('keeps another manifest');
  });

  test('a digest in another algorithm is compared in that', async () => {
    const { registry, push } = await start({ digest: `sha512:${'f'.repeat(128)}` });
    await expect(push()).rejects.toThrow('keeps another manifest');
    expect(registry.manifests.size).toBe(1);
  });

  test('an interruption in the middle of an upload', async () => {
    const stop = new AbortController();
    const { registry, push } = await start({});
    const pushed = push({
      signal: stop.signal,
      onProgress: ({ status }) => status === 'pushing' && stop.abort(new Error('interrupted')),
    });
    await expect(pushed).rejects.toThrow('interrupted');
    expect(registry.manifests.size).toBe(0);
  });

  test('a source of bytes that fails: its own error, and nothing is tried again', async () => {
    const { registry } = await start({});
    let opened = 0;
    const failing = () => {
      opened++;
      throw new Error('the disk is broken');
    };
    const options = { configuration: new Map(), retry: { firstDelay: 1 } };
    await expect(pushToRegistry(parseReference(`${registry.host}/thing:1`), image, failing, options)).rejects.toThrow(
      'the disk is broken',
    );
    expect(opened).toBe(1);
  });
});

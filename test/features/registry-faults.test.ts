// The registry client against a registry that misbehaves (test/fakes/registry.ts): each fault is one clear error, or mended.

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { TsdockerError } from '../../src/error.ts';
import type { Descriptor } from '../../src/image/descriptor.ts';
import { mediaTypes } from '../../src/image/media-types.ts';
import { parseReference } from '../../src/image/reference.ts';
import { mergeConfiguration, type RegistryFlags } from '../../src/registry/configuration.ts';
import type { CredentialLookup, Credentials } from '../../src/registry/credentials.ts';
import { type ImageSourceOptions, openImageSource } from '../../src/registry/image-source.ts';
import {
  atFirst,
  complaint,
  type FakeOptions,
  type FakeRegistry,
  type Fault,
  fakeManifest,
  otherBody,
  type Reply,
  redirectTo,
  reply,
  startFakeRegistry,
  unannounced,
} from '../fakes/registry.ts';
import { sha256 } from '../support/image-fixture.ts';

const platform = { os: 'linux', architecture: 'amd64' };
const running: FakeRegistry[] = [];
afterEach(async () => {
  for (const registry of running.splice(0)) await registry.stop();
});

async function start(options: FakeOptions = {}): Promise<FakeRegistry> {
  const registry = await startFakeRegistry(options);
  running.push(registry);
  return registry;
}

type Extra = Partial<ImageSourceOptions> & { flags?: RegistryFlags };

const sourceOf = (name: string, { flags = {}, ...extra }: Extra = {}) =>
  openImageSource(parseReference(name), {
    configuration: mergeConfiguration(new Map(), flags),
    retry: { firstDelay: 1, longestDelay: 5_000 },
    ...extra,
  });

/** Credentials for one registry, and no other. */
const knownTo = (host: string, own: Credentials): CredentialLookup => {
  return async (registry) => (registry === host ? own : undefined);
};

/** Everything of the image, as a pull reads it: the bytes of its one layer. */
async function pull(name: string, extra: Extra = {}): Promise<Uint8Array> {
  const source = sourceOf(name, extra);
  const { layers } = await source.resolve(platform);
  return Buffer.concat(await Array.fromAsync(source.openBlob(layers[0]!)));
}

async function failureOf(made: Promise<unknown>): Promise<TsdockerError> {
  const error = await made.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof TsdockerError)) throw new Error('no TsdockerError', { cause: error });
  expect(error.message).not.toMatch(/\n|\.$/);
  return error;
}

/** Faults for layers only; the config is small and comes first. */
const isLayer = (body: Uint8Array) => body.byteLength > 1000;
const layers =
  (change: (body: Uint8Array) => Uint8Array) =>
  (body: Uint8Array): Uint8Array =>
    isLayer(body) ? change(body) : body;

describe('blobs', () => {
  test('an image without faults comes whole', async () => {
    const registry = await start();
    expect(Buffer.compare(await pull(registry.name), registry.layer)).toBe(0);
  });

  const cutShort = otherBody(layers((body) => body.subarray(0, 1000)));
  const tooLong = otherBody(layers((body) => Buffer.concat([body, body])));
  test.each([
    ['a shorter one', cutShort, 'has 1000 bytes, not 300000'],
    ['a shorter one of no stated length', unannounced(cutShort), 'ends after 1000 of 300000 bytes'],
    ['a longer one', tooLong, 'has 600000 bytes, not 300000'],
    ['a longer one of no stated length', unannounced(tooLong), 'is longer than the 300000 bytes'],
  ])('%s is refused as corrupt', async (_, blobs, message) => {
    const registry = await start({ faults: { blobs } });
    const error = await failureOf(pull(registry.name));
    expect(error.code).toBe('corrupt');
    expect(error.message).toContain(message);
    expect(error.message).toContain(`of ${registry.name}, from the registry ${registry.host}`);
  });

  test('an endless blob is given up as soon as it is too long', async () => {
    const endless = unannounced((usual) =>
      isLayer(usual.body) ? { ...usual, body: Buffer.alloc(600_000), stallAfter: 400_000 } : usual,
    );
    const registry = await start({ faults: { blobs: endless } });
    expect((await failureOf(pull(registry.name))).message).toContain('is longer than');
  });

  test('a transfer that is cut is taken up where it stopped', async () => {
    const cuts = (nth: number) => (nth === 2 ? 100_000 : nth === 3 ? 50_000 : undefined);
    const registry = await start({
      faults: {
        blobs: (usual, _, nth) => {
          const cutAfter = cuts(nth);
          return cutAfter === undefined ? usual : { ...usual, cutAfter };
        },
      },
    });
    expect(Buffer.compare(await pull(registry.name), registry.layer)).toBe(0);
    const ranges = registry.requests.flatMap(({ headers }) => headers.range ?? []);
    expect(ranges).toEqual(['bytes=100000-', 'bytes=150000-']);
  });

  test('a server that knows no ranges sends the whole again, and the known part is skipped', async () => {
    const registry = await start({
      faults: {
        blobs: (usual, _, nth) => {
          if (nth === 2) return { ...usual, cutAfter: 100_000 };
          return nth === 3 ? reply(registry.layer) : usual;
        },
      },
    });
    expect(Buffer.compare(await pull(registry.name), registry.layer)).toBe(0);
  });

  test('a part that was not asked for is refused', async () => {
    const registry = await start({
      faults: {
        blobs: (usual, _, nth) => {
          if (nth === 2) return { ...usual, cutAfter: 100_000 };
          return nth === 3
            ? { ...usual, headers: { ...usual.headers, 'content-range': 'bytes 7-299999/300000' } }
            : usual;
        },
      },
    });
    expect(await failureOf(pull(registry.name))).toMatchObject({
      code: 'corrupt',
      message: expect.stringMatching(/another part/),
    });
  });

  test('a transfer that is cut every time ends after four tries', async () => {
    const registry = await start({
      faults: { blobs: (usual) => (isLayer(usual.body) ? { ...usual, cutAfter: 1000 } : usual) },
    });
    const error = await failureOf(pull(registry.name));
    expect(error.code).toBe('registry');
    expect(error.message).toMatch(/cannot be reached: the connection was (closed|reset)/);
    expect(registry.requests.filter(({ path }) => path.includes('/blobs/'))).toHaveLength(1 + 4);
  });

  test('a transfer that stands still is given up', async () => {
    const registry = await start({
      faults: { blobs: (usual) => (isLayer(usual.body) ? { ...usual, stallAfter: 1000 } : usual) },
    });
    const error = await failureOf(pull(registry.name, { idleLimit: 100, retry: { tries: 2, firstDelay: 1 } }));
    expect(error.message).toBe(`the registry ${registry.host} cannot be reached: the transfer stood still`);
  });

  test('an abort ends a transfer with its reason', async () => {
    const abort = new AbortController();
    const registry = await start({
      faults: {
        blobs: (usual) => {
          if (!isLayer(usual.body)) return usual;
          setImmediate(() => abort.abort(new Error('enough')));
          return { ...usual, stallAfter: 1000 };
        },
      },
    });
    await expect(pull(registry.name, { signal: abort.signal })).rejects.toThrow('enough');
  });

  test('an abort ends a wait between tries', async () => {
    const abort = new AbortController();
    const registry = await start({
      faults: {
        manifests: () => {
          setImmediate(() => abort.abort(new Error('enough')));
          return complaint(503, 'UNAVAILABLE', { 'retry-after': '30' });
        },
      },
    });
    const made = pull(registry.name, { signal: abort.signal, retry: { longestDelay: 60_000 } });
    await expect(made).rejects.toThrow('enough');
  });
});

describe('manifests', () => {
  const text = (body: string) => () => reply(Buffer.from(body), 'text/html');
  test.each([
    ['a web page', text('<html>log in here</html>'), 'the manifest is not JSON'],
    ['an empty object', text('{}'), 'media type'],
    [
      'both kinds at once',
      text('{"schemaVersion":2,"manifests":[],"layers":[],"mediaType":"application/vnd.oci.image.index.v1+json"}'),
      'ambiguous',
    ],
    ['five megabytes', text(' '.repeat(5 * 2 ** 20)), 'more than the 4194304 bytes'],
  ])('%s is refused as corrupt', async (_, manifests, message) => {
    const registry = await start({ faults: { manifests } });
    const error = await failureOf(pull(registry.name));
    expect(error.code).toBe('corrupt');
    expect(error.message).toContain(message);
    expect(error.message).toContain(registry.name);
  });

  test('a manifest asked for by digest is refused if its bytes are others', async () => {
    const registry = await start({
      faults: { manifests: otherBody((body) => Buffer.concat([body, Buffer.from(' ')])) },
    });
    const { manifest } = await sourceOf(registry.name).resolve(platform);
    expect(manifest.bytes.byteLength).toBe(registry.manifest.byteLength + 1);
    const error = await failureOf(pull(`${registry.name}@${sha256(registry.manifest)}`));
    expect(error).toMatchObject({ code: 'corrupt', message: expect.stringMatching(/has another digest than sha256:/) });
  });

  test.each(['sha256:'.padEnd(71, '0'), 'nonsense'])(
    'a manifest that came with the digest %s is refused',
    async (digest) => {
      const registry = await start({
        faults: {
          manifests: (usual) => ({ ...usual, headers: { ...usual.headers, 'docker-content-digest': digest } }),
        },
      });
      expect((await failureOf(pull(registry.name))).code).toBe('corrupt');
    },
  );

  /** As many indexes as said, each naming the next, the last naming the manifest; the first is behind the tag. */
  async function startNested(levels: number): Promise<FakeRegistry> {
    const byDigest = new Map<string, Reply>();
    let below = { mediaType: mediaTypes.ociManifest as string, bytes: fakeManifest };
    for (let level = 0; level < levels; level++) {
      const named = { mediaType: below.mediaType, digest: sha256(below.bytes), size: below.bytes.byteLength, platform };
      const bytes = Buffer.from(
        JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [named] }),
      );
      byDigest.set(sha256(bytes), reply(bytes, mediaTypes.ociIndex));
      below = { mediaType: mediaTypes.ociIndex, bytes };
    }
    const top = reply(below.bytes, mediaTypes.ociIndex);
    const manifests: Fault = (usual, { path }) =>
      path.endsWith('/latest') ? top : (byDigest.get(path.split('/').at(-1)!) ?? usual);
    return start({ faults: { manifests } });
  }

  test('an index of indexes of indexes is followed', async () => {
    const registry = await startNested(3);
    expect((await pull(registry.name)).byteLength).toBe(300_000);
  });

  test('indexes nested deeper than that are refused', async () => {
    const registry = await startNested(4);
    const error = await failureOf(pull(registry.name));
    expect(error.message).toBe(`the index of ${registry.name}:latest is nested more than 3 deep`);
    expect(registry.requests).toHaveLength(4);
  });

  test('a manifest whose size is not the index’s is refused', async () => {
    const wrong = { mediaType: mediaTypes.ociManifest, digest: sha256(fakeManifest), size: 7, platform };
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [wrong] }));
    const registry = await start({ faults: { manifests: atFirst(1, () => reply(index, mediaTypes.ociIndex)) } });
    const error = await failureOf(pull(registry.name));
    expect(error).toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining(`has ${fakeManifest.byteLength} bytes, not 7`),
    });
  });

  test('an image that is not there for the platform is an error that lists those it is there for', async () => {
    const arm = {
      mediaType: mediaTypes.ociManifest,
      digest: sha256(fakeManifest),
      size: 7,
      platform: { os: 'linux', architecture: 'arm64' },
    };
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [arm] }));
    const registry = await start({ faults: { manifests: () => reply(index, mediaTypes.ociIndex) } });
    const error = await failureOf(pull(registry.name));
    expect(error).toMatchObject({ code: 'notFound', hint: 'it is there for linux/arm64' });
    expect(error.message).toBe(`${registry.name}:latest: the image is not there for linux/amd64`);
  });
});

describe('busy and failing registries', () => {
  test('a 429 with Retry-After and two 500s are waited out', async () => {
    const registry = await start({
      faults: {
        manifests: (usual, _, nth) => {
          if (nth === 1) return complaint(429, 'TOOMANYREQUESTS', { 'retry-after': '0' });
          return nth <= 3 ? complaint(500, 'UNKNOWN') : usual;
        },
        blobs: atFirst(1, () => complaint(503, 'UNAVAILABLE')),
      },
    });
    expect((await pull(registry.name)).byteLength).toBe(registry.layer.byteLength);
  });

  test('a rate limit that lasts is an error with a hint, at once', async () => {
    const registry = await start({
      faults: { manifests: () => complaint(429, 'TOOMANYREQUESTS', { 'retry-after': '21600' }) },
    });
    const error = await failureOf(pull(registry.name));
    expect(error.message).toContain('limits how often images are pulled');
    expect(error.hint).toContain('wait 21600 seconds');
    expect(registry.requests).toHaveLength(1);
  });

  test('a registry that fails every time is asked four times, and its words are made harmless', async () => {
    const message = 'down\n\u001b[2Jfor Bearer abcdef and Basic Zm9v';
    const registry = await start({ faults: { manifests: () => complaint(500, 'UNKNOWN', {}, message) } });
    const error = await failureOf(pull(registry.name));
    expect(error.message).toBe(
      `the registry ${registry.host} answered 500 when asked for ${registry.name}: unknown, down [2Jfor Bearer … and Basic …`,
    );
    expect(registry.requests).toHaveLength(4);
  });
});

describe('authentication', () => {
  const secret = { username: 'someone', password: 'open sesame' };

  test('a token is had anonymously, for pulling only, and used for everything', async () => {
    const registry = await start({ tokens: {} });
    await pull(registry.name);
    const tokens = registry.requests.filter(({ path }) => path.startsWith('/token'));
    expect(tokens.map(({ path }) => path)).toEqual([
      '/token?service=fake+registry&scope=repository%3Alibrary%2Fthing%3Apull',
    ]);
    expect(tokens[0]!.headers.authorization).toBeUndefined();
    const used = registry.requests.map(({ headers }) => headers.authorization);
    expect(used).toEqual([undefined, undefined, 'Bearer token-1', 'Bearer token-1', 'Bearer token-1']);
  });

  test('a token is had with credentials, which the registry itself never sees', async () => {
    const registry = await start({ tokens: secret });
    await pull(registry.name, { credentials: knownTo(registry.host, secret) });
    const basics = registry.requests.filter(({ headers }) => headers.authorization?.startsWith('Basic'));
    expect(basics.map(({ path }) => path.slice(0, 7))).toEqual(['/token?']);
  });

  test('layers fetched side by side share one token', async () => {
    const registry = await start({ tokens: {} });
    const source = sourceOf(registry.name);
    const layer = (await sourceOf(registry.name).resolve(platform)).layers[0]!;
    const before = registry.requests.filter(({ path }) => path.startsWith('/token')).length;
    await Promise.all([1, 2, 3].map(() => Array.fromAsync(source.openBlob(layer))));
    expect(registry.requests.filter(({ path }) => path.startsWith('/token'))).toHaveLength(before + 1);
  });

  test('basic credentials are sent to the registry that asks for them', async () => {
    const registry = await start({ basic: secret });
    expect((await pull(registry.name, { credentials: knownTo(registry.host, secret) })).byteLength).toBe(300_000);
  });

  test.each([
    ['none', undefined, 'the image may not exist, or be private'],
    ['wrong ones', { username: 'someone', password: 'wrong sesame' }, 'the credentials given for it'],
  ])('a registry that wants credentials denies access to one with %s', async (_, credentials, hint) => {
    const registry = await start({ basic: secret });
    const error = await failureOf(
      pull(registry.name, credentials && { credentials: knownTo(registry.host, credentials) }),
    );
    expect(error.message).toBe(`the registry ${registry.host} denied access to ${registry.name}`);
    expect(error.hint).toContain(hint);
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toMatch(/sesame/);
  });

  test('a token service that refuses is named', async () => {
    const registry = await start({ tokens: secret });
    const error = await failureOf(pull(registry.name));
    expect(error.message).toContain(`the token service of the registry ${registry.host}, denied access`);
  });

  test.each([
    ['file:///etc/passwd', 'neither http nor https'],
    ['http://someone:sesame@127.0.0.1/', 'credentials in its address'],
    ['nonsense', 'not an address'],
  ])('a token service at %s is refused', async (realm, message) => {
    const registry = await start({ tokens: { realm } });
    const error = await failureOf(pull(registry.name));
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('sesame');
  });

  test('a token that would break out of its header is refused and not shown', async () => {
    const evil = reply(Buffer.from('{"token":"a\\r\\nx-evil: 1"}'), 'application/json');
    const registry = await start({ tokens: {}, faults: { token: () => evil } });
    const error = await failureOf(pull(registry.name));
    expect(error.message).toContain('gave no token');
    expect(error.message).not.toContain('evil');
  });
});

describe('redirects', () => {
  test('blobs may come from another host, which gets no credentials', async () => {
    const secret = { username: 'someone', password: 'open sesame' };
    const elsewhere = await start();
    const registry = await start({
      basic: secret,
      faults: { blobs: redirectTo(({ path }) => `http://${elsewhere.host}${path}`) },
    });
    await pull(registry.name, { credentials: knownTo(registry.host, secret) });
    expect(elsewhere.requests).toHaveLength(2);
    for (const { headers } of elsewhere.requests) expect(headers.authorization).toBeUndefined();
  });

  test('another host cannot have the credentials sent to a token service of its own', async () => {
    const elsewhere = await start({ tokens: {} });
    const registry = await start({ faults: { blobs: redirectTo(({ path }) => `http://${elsewhere.host}${path}`) } });
    const credentials = knownTo(registry.host, { username: 'someone', password: 'open sesame' });
    const error = await failureOf(pull(registry.name, { credentials }));
    expect(error.message).toContain('denied access');
    expect(elsewhere.requests.map(({ path }) => path.split('/')[1])).toEqual(['v2']);
  });

  test.each([
    ['a file', 'file:///etc/passwd', 'to the scheme "file:"'],
    ['an inline blob', 'data:,hello', 'to the scheme "data:"'],
    ['nowhere', 'http://', 'to nowhere'],
    ['an address with credentials', 'http://a:sesame@127.0.0.1:9/', 'with credentials in the address'],
    ['itself', '', 'more than 5 times'],
  ])('a redirect to %s is refused', async (_, location, message) => {
    const registry = await start({ faults: { blobs: redirectTo(location) } });
    const error = await failureOf(pull(registry.name));
    expect(error.code).toBe('registry');
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('sesame');
  });
});

describe('mirrors and unreachable registries', () => {
  /** An address of the loopback where nobody listens. */
  async function nobody(): Promise<string> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return `127.0.0.1:${port}`;
  }

  test('a registry where nobody listens is unreachable', async () => {
    const host = await nobody();
    const error = await failureOf(pull(`${host}/thing`));
    expect(error).toMatchObject({
      code: 'registry',
      message: `the registry ${host} cannot be reached: connection refused`,
    });
    expect(error.hint).toContain('check the address');
  });

  test('a host name that nobody knows is unreachable', async () => {
    const error = await failureOf(pull('registry.invalid/thing'));
    expect(error.message).toMatch(/^the registry registry.invalid cannot be reached: the host name /);
  });

  test('a registry that speaks plain http where https was meant is told so', async () => {
    const registry = await start();
    const configuration = new Map([[registry.host, { mirrors: [], plainHttp: false }]]);
    const error = await failureOf(pull(registry.name, { configuration }));
    expect(error.message).toContain('it does not speak TLS');
    expect(error.hint).toContain('plainHttp');
  });

  test('a mirror is asked instead of the registry', async () => {
    const mirror = await start();
    const flags = { mirrors: { 'registry.invalid': [`http://${mirror.host}`] } };
    expect((await pull('registry.invalid/library/thing', { flags })).byteLength).toBe(300_000);
  });

  test('a mirror never gets the credentials of the registry', async () => {
    const secret = { username: 'someone', password: 'open sesame' };
    const mirror = await start({ tokens: {} });
    const registry = await start({ basic: secret });
    const flags = { mirrors: { [registry.host]: [`http://${mirror.host}`] } };
    await pull(registry.name, { flags, credentials: knownTo(registry.host, secret) });
    for (const { headers } of mirror.requests) expect(headers.authorization ?? '').not.toMatch(/^Basic/);
    expect(registry.requests).toEqual([]);
  });

  test('the registry is asked where its mirrors are down, fail or have not got the image', async () => {
    const registry = await start();
    const failing = await start({
      faults: { manifests: () => complaint(500, 'UNKNOWN'), blobs: () => complaint(404, 'BLOB_UNKNOWN') },
    });
    const flags = { mirrors: { [registry.host]: [`http://${await nobody()}`, `http://${failing.host}`] } };
    expect((await pull(registry.name, { flags })).byteLength).toBe(300_000);
  });

  test('a mirror that did not answer is not asked again', async () => {
    const registry = await start();
    const mirror = await start({ faults: { manifests: (usual) => ({ ...usual, cutAfter: 0 }) } });
    const flags = { mirrors: { [registry.host]: [`http://${mirror.host}`] } };
    await pull(registry.name, { flags, retry: { tries: 2, firstDelay: 1 } });
    expect(mirror.requests.map(({ path }) => path)).not.toContainEqual(expect.stringContaining('/blobs/'));
  });

  const onLayers =
    (fault: Fault): Fault =>
    (usual, asked, nth) =>
      isLayer(usual.body) ? fault(usual, asked, nth) : usual;
  const onConfigs =
    (fault: Fault): Fault =>
    (usual, asked, nth) =>
      isLayer(usual.body) ? usual : fault(usual, asked, nth);
  const changed = otherBody((body) => Uint8Array.from(body, (byte, index) => (index === 5 ? byte ^ 1 : byte)));
  const half = unannounced(otherBody((body) => body.subarray(0, body.byteLength / 2)));

  test.each<[string, FakeOptions['faults'], string]>([
    ['sends a web page for a manifest', { manifests: () => reply(Buffer.from('<html>'), 'text/html') }, 'manifests'],
    ['has another config', { blobs: onConfigs(changed) }, 'blobs'],
    ['cuts every transfer', { blobs: onLayers((usual) => ({ ...usual, cutAfter: 1000 })) }, 'blobs'],
    ['ends a layer early', { blobs: onLayers(half) }, 'blobs'],
  ])('the registry makes good for a mirror that %s', async (_, faults, kind) => {
    const registry = await start();
    const mirror = await start({ faults: faults! });
    const flags = { mirrors: { [registry.host]: [`http://${mirror.host}`] } };
    expect(Buffer.compare(await pull(registry.name, { flags }), registry.layer)).toBe(0);
    expect(registry.requests.map(({ path }) => path)).toContainEqual(expect.stringContaining(`/${kind}/`));
  });

  test('a mirror’s one lost connection is no reason to leave it', async () => {
    const registry = await start();
    const cut: Fault = (usual, _, nth) => (nth === 2 ? { ...usual, cutAfter: 1000 } : usual);
    const mirror = await start({ faults: { blobs: cut } });
    const flags = { mirrors: { [registry.host]: [`http://${mirror.host}`] } };
    expect(Buffer.compare(await pull(registry.name, { flags }), registry.layer)).toBe(0);
    expect(registry.requests).toEqual([]);
  });

  test('a mirror that sent a wrong layer is not asked again once that is found out', async () => {
    const registry = await start();
    const mirror = await start({ faults: { blobs: onLayers(changed) } });
    const source = sourceOf(registry.name, {
      flags: { mirrors: { [registry.host]: [`http://${mirror.host}`] } },
    });
    const [layer] = (await source.resolve(platform)).layers;
    const read = async () => Buffer.concat(await Array.fromAsync(source.openBlob(layer!)));
    expect(Buffer.compare(await read(), registry.layer)).not.toBe(0);
    expect(source.distrust!(layer!)).toBe(true);
    expect(Buffer.compare(await read(), registry.layer)).toBe(0);
    expect(source.distrust!(layer!)).toBe(false);
  });

  test('where all fail the registry’s error counts, and the mirrors’ stand in the hint', async () => {
    const [registry, mirror] = [await nobody(), await nobody()];
    const error = await failureOf(
      pull(`${registry}/thing`, { flags: { mirrors: { [registry]: [`http://${mirror}`] } } }),
    );
    expect(error.message).toContain(`the registry ${registry} cannot be reached`);
    expect(error.hint).toContain(`before that, the mirror ${mirror} cannot be reached: connection refused`);
  });
});

test('a layer that nobody reads to the end leaves no transfer behind', async () => {
  const registry = await start();
  const source = sourceOf(registry.name);
  const { layers: found } = await source.resolve(platform);
  const read = async (layer: Descriptor) => {
    for await (const part of source.openBlob(layer)) return part.byteLength;
    return 0;
  };
  expect(await read(found[0]!)).toBeGreaterThan(0);
});

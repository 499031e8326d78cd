// The registry client against a real registry, Debian's docker-registry, filled by skopeo: every kind of manifest and of layer.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseImageConfig } from '../../src/image/config.ts';
import { parseDocument } from '../../src/image/manifest.ts';
import { layerCompression } from '../../src/image/media-types.ts';
import { parseReference } from '../../src/image/reference.ts';
import { mergeConfiguration, readConfiguration } from '../../src/registry/configuration.ts';
import { openImageSource } from '../../src/registry/image-source.ts';
import {
  hostArchitecture,
  type LayerEntry,
  type Layout,
  makeOciLayout,
  pushLayout,
  sha256,
} from '../support/image-fixture.ts';
import { type RegistryServer, startRegistry } from '../support/registry-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'tsdocker-images-'));
const layouts: Record<string, Layout> = {};
const other = { os: 'linux', architecture: 's390x' };
let registry: RegistryServer;

const sourceOf = (name: string) =>
  openImageSource(parseReference(`${registry.host}/${name}`), { configuration: new Map() });
const unpack = { none: (bytes: Uint8Array) => bytes, gzip: gunzipSync, zstd: zstdDecompressSync };

beforeAll(async () => {
  registry = await startRegistry();
  const layers: LayerEntry[][] = [
    [
      { name: 'etc/', type: 'directory', mode: 0o755 },
      { name: 'etc/greeting', body: 'hello' },
    ],
    [
      { name: 'etc/greeting', body: 'hello again' },
      { name: 'big', body: new Uint8Array(2 ** 20) },
    ],
  ];
  for (const compression of ['none', 'gzip', 'zstd'] as const) {
    const specification = { layers, compression, config: { Cmd: ['/hello'], Env: [`PACKED=${compression}`] } };
    layouts[compression] = await makeOciLayout(join(folder, compression), specification);
    await pushLayout(layouts[compression], `${registry.host}/team/${compression}:oci`);
  }
  for (const compression of ['none', 'gzip'] as const) {
    await pushLayout(layouts[compression]!, `${registry.host}/team/${compression}:docker`, { format: 'v2s2' });
  }
  layouts.both = await makeOciLayout(join(folder, 'both'), [
    { layers: [[{ name: 'other', body: '1' }]], platform: other },
    { layers: [[{ name: 'ours', body: '2' }]] },
  ]);
  await pushLayout(layouts.both, `${registry.host}/both:oci`);
  await pushLayout(layouts.both, `${registry.host}/both:docker`, { format: 'v2s2' });
});

afterAll(async () => {
  await registry?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe.each([
  ['team/none:oci', 'none'],
  ['team/gzip:oci', 'gzip'],
  ['team/zstd:oci', 'zstd'],
  ['team/none:docker', 'none'],
  ['team/gzip:docker', 'gzip'],
] as const)('%s', (name, compression) => {
  test('has the manifest and the config that were pushed', async () => {
    const image = layouts[compression]!.images[0]!;
    const { manifest, config, layers } = await sourceOf(name).resolve(hostArchitecture);
    expect(manifest.descriptor).toMatchObject({ digest: sha256(manifest.bytes), size: manifest.bytes.byteLength });
    if (name.endsWith(':oci')) expect(manifest.descriptor).toEqual(image.manifest);
    expect(parseDocument(manifest.bytes, manifest.descriptor.mediaType).kind).toBe('manifest');
    expect(config.descriptor.digest).toBe(image.config.digest);
    expect(sha256(config.bytes)).toBe(image.config.digest);
    const { config: execution, rootfs } = parseImageConfig(config.bytes);
    expect(execution).toEqual({ Cmd: ['/hello'], Env: [`PACKED=${compression}`] });
    expect(rootfs.diff_ids).toEqual(image.diffIDs);
    expect(layers.map(({ digest }) => digest)).toEqual(image.layers.map(({ digest }) => digest));
  });

  test('has layers that unpack to their diffIDs', async () => {
    const source = sourceOf(name);
    const { layers } = await source.resolve(hostArchitecture);
    const blobs = await Promise.all(
      layers.map(async (layer) => Buffer.concat(await Array.fromAsync(source.openBlob(layer)))),
    );
    const diffIDs = blobs.map((blob, index) => sha256(unpack[layerCompression(layers[index]!.mediaType)](blob)));
    expect(layerCompression(layers[0]!.mediaType)).toBe(compression);
    expect(diffIDs).toEqual(layouts[compression]!.images[0]!.diffIDs);
  });
});

describe.each(['oci', 'docker'])('an index of two platforms in the format of %s', (tag) => {
  test.each([
    ['ours', hostArchitecture, 1],
    ['the other', other, 0],
  ])('gives the image of %s', async (_, platform, place) => {
    const { config } = await sourceOf(`both:${tag}`).resolve(platform);
    expect(config.descriptor.digest).toBe(layouts.both!.images[place]!.config.digest);
  });

  test('has nothing for a third', async () => {
    const third = { os: 'linux', architecture: 'mips64le' };
    await expect(sourceOf(`both:${tag}`).resolve(third)).rejects.toMatchObject({
      code: 'notFound',
      message: `${registry.host}/both:${tag}: the image is not there for linux/mips64le`,
    });
  });
});

test('an image is had by the digest of its manifest and of its index', async () => {
  const { top, images } = layouts.both!;
  for (const digest of [top.digest, images[1]!.manifest.digest]) {
    const { manifest } = await sourceOf(`both@${digest}`).resolve(hostArchitecture);
    expect(manifest.descriptor.digest).toBe(images[1]!.manifest.digest);
  }
});

test('a digest counts for more than the tag beside it', async () => {
  const digest = layouts.gzip!.top.digest;
  const { manifest } = await sourceOf(`team/gzip:docker@${digest}`).resolve(hostArchitecture);
  expect(manifest.descriptor.digest).toBe(digest);
});

test('what the registry does not have is not found, and the error says what that is', async () => {
  const { host } = registry;
  const nothing = `sha256:${'0'.repeat(64)}` as const;
  for (const [name, message] of [
    ['team/gzip:nope', `the registry ${host} has no tag nope of ${host}/team/gzip`],
    ['nobody/nothing:latest', `the registry ${host} has no image ${host}/nobody/nothing`],
    [`team/gzip@${nothing}`, `the registry ${host} has no manifest ${nothing} of ${host}/team/gzip`],
  ] as const) {
    await expect(sourceOf(name).resolve(hostArchitecture)).rejects.toMatchObject({ code: 'notFound', message });
  }
});

test('a blob that the registry does not have is not found', async () => {
  const layer = { ...layouts.gzip!.images[0]!.layers[0]!, digest: sha256(Buffer.from('nothing')) };
  const made = Array.fromAsync(sourceOf('team/gzip:oci').openBlob(layer));
  await expect(made).rejects.toMatchObject({
    code: 'notFound',
    message: expect.stringContaining(`has no blob ${layer.digest}`),
  });
});

test('a configured mirror serves a registry that is not there', async () => {
  const configuration = mergeConfiguration(readConfiguration({}, {}), {
    mirrors: { 'registry.invalid': [`http://${registry.host}`] },
  });
  const source = openImageSource(parseReference('registry.invalid/team/gzip:oci'), { configuration });
  const { manifest } = await source.resolve(hostArchitecture);
  expect(manifest.descriptor.digest).toBe(layouts.gzip!.top.digest);
});

import { expect, test } from 'vitest';
import type { DiffID, Digest } from '../image/digest.ts';
import { mediaTypes } from '../image/media-types.ts';
import { parseReference } from '../image/reference.ts';
import { type ArchiveKind, archiveDocuments, type SavedImage } from './documents.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}` as Digest;
const image: SavedImage = {
  names: ['alpine:3', 'localhost/x:1'].map(parseReference),
  manifest: { mediaType: mediaTypes.ociManifest, digest: digest('a'), size: 1, annotations: { of: 'elsewhere' } },
  config: digest('b'),
  layers: [
    { blob: { mediaType: mediaTypes.ociLayerGzip, digest: digest('c'), size: 3 }, diffID: digest('d') as DiffID },
  ],
};
const read = (images: readonly SavedImage[], kind?: ArchiveKind) =>
  Object.fromEntries(archiveDocuments(images, kind).map(({ name, bytes }) => [name, JSON.parse(bytes.toString())]));
const hex = (letter: string) => letter.repeat(64);

test('an archive is an OCI image layout and a docker archive of the same blobs', () => {
  const entry = (name: string) => ({
    mediaType: mediaTypes.ociManifest,
    digest: digest('a'),
    size: 1,
    annotations: { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name },
  });
  expect(read([image])).toEqual({
    'oci-layout': { imageLayoutVersion: '1.0.0' },
    'index.json': {
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [entry('docker.io/library/alpine:3'), entry('localhost/x:1')],
    },
    'manifest.json': [
      {
        Config: `blobs/sha256/${hex('b')}`,
        RepoTags: ['alpine:3', 'localhost/x:1'],
        Layers: [`blobs/sha256/${hex('c')}`],
      },
    ],
    repositories: { alpine: { 3: hex('c') }, 'localhost/x': { 1: hex('c') } },
  });
});

test('a docker archive alone has plain layers under their diffIDs, and an OCI one no manifest.json', () => {
  const docker = read([image], 'docker-archive');
  expect(Object.keys(docker)).toEqual(['manifest.json', 'repositories']);
  expect(docker['manifest.json'][0]).toMatchObject({ Config: `${hex('b')}.json`, Layers: [`${hex('d')}.tar`] });
  expect(Object.keys(read([image], 'oci-archive'))).toEqual(['oci-layout', 'index.json']);
});

test('an image without a name is there without one', () => {
  const unnamed = read([{ ...image, names: [], layers: [] }]);
  expect(unnamed['index.json'].manifests).toEqual([
    { mediaType: mediaTypes.ociManifest, digest: digest('a'), size: 1 },
  ]);
  expect(unnamed['manifest.json'][0]).toMatchObject({ RepoTags: null, Layers: [] });
  expect(unnamed.repositories).toEqual({});
});

test('a repository and a tag may be called as what every object has', () => {
  const { repositories } = read([{ ...image, names: [parseReference('constructor:__proto__')] }]);
  expect(JSON.stringify(repositories)).toBe(`{"constructor":{"__proto__":"${hex('c')}"}}`);
});

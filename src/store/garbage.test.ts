import { expect, test } from 'vitest';
import type { ChainID, Digest } from '../image/digest.ts';
import { findGarbage, type Keepers } from './garbage.ts';

const digest = (name: string) => `sha256:${Buffer.from(name).toString('hex').padEnd(64, '0')}` as Digest;
const chain = (name: string) => digest(name) as ChainID;

const content = {
  blobs: ['manifest', 'config', 'blob one', 'blob two', 'index', 'other'].map(digest),
  layers: ['one', 'two', 'three'].map(chain),
};
const image: Keepers['images'][number] = {
  names: ['docker.io/library/a:1', `docker.io/library/a@${digest('index')}`],
  manifest: { mediaType: 'm', digest: digest('manifest'), size: 1 },
  configDigest: digest('config'),
  chain: [chain('one'), chain('two')],
  layers: [
    { digest: digest('blob one'), size: 1 },
    { digest: digest('blob two'), size: 1 },
  ],
};
const nobody: Keepers = { images: [], containers: [], leases: [] };

test('without an image, a container or a lease everything is garbage', () => {
  expect(findGarbage(content, nobody)).toEqual(content);
});

test('an image keeps its manifest, config, blobs, layers, and the index it is known by', () => {
  expect(findGarbage(content, { ...nobody, images: [image] })).toEqual({
    blobs: [digest('other')],
    layers: [chain('three')],
  });
});

test('an image without a name keeps what is its own', () => {
  expect(findGarbage(content, { ...nobody, images: [{ ...image, names: [] }] })).toEqual({
    blobs: [digest('index'), digest('other')],
    layers: [chain('three')],
  });
});

test('a container keeps its layers, and no blob', () => {
  const containers = [{ chain: [chain('one')] }];
  expect(findGarbage(content, { ...nobody, containers })).toEqual({
    blobs: content.blobs,
    layers: [chain('two'), chain('three')],
  });
});

test('a lease keeps what it names, also what is not there yet', () => {
  const leases = [{ digests: [digest('other'), digest('to come')], chain: [chain('three'), chain('to come')] }];
  expect(findGarbage(content, { ...nobody, leases })).toEqual({
    blobs: content.blobs.slice(0, -1),
    layers: [chain('one'), chain('two')],
  });
});

test('content that several keep goes with the last of them', () => {
  const other = { ...image, manifest: { ...image.manifest, digest: digest('other') }, names: [] };
  const both = findGarbage(content, { ...nobody, images: [image, other] });
  expect(both).toEqual({ blobs: [], layers: [chain('three')] });
  expect(findGarbage(content, { ...nobody, images: [other] }).blobs).toEqual([digest('manifest'), digest('index')]);
});

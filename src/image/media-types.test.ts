import { describe, expect, test } from 'vitest';
import { isConfigType, isIndexType, isManifestType, layerCompression, mediaTypes } from './media-types.ts';

test.each([
  ['application/vnd.oci.image.layer.v1.tar', 'none'],
  ['application/vnd.oci.image.layer.v1.tar+gzip', 'gzip'],
  ['application/vnd.oci.image.layer.v1.tar+zstd', 'zstd'],
  ['application/vnd.oci.image.layer.nondistributable.v1.tar', 'none'],
  ['application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', 'gzip'],
  ['application/vnd.oci.image.layer.nondistributable.v1.tar+zstd', 'zstd'],
  ['application/vnd.docker.image.rootfs.diff.tar', 'none'],
  ['application/vnd.docker.image.rootfs.diff.tar.gzip', 'gzip'],
  ['application/vnd.docker.image.rootfs.diff.tar.zstd', 'zstd'],
  ['application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', 'gzip'],
])('a layer of type %s is compressed with %s', (type, compression) => {
  expect(layerCompression(type)).toBe(compression);
});

test.each([
  '',
  'application/octet-stream',
  'application/vnd.oci.image.layer.v1.tar+xz',
  'application/vnd.oci.image.layer.v1.tar+gzip ',
  'application/vnd.oci.image.layer.v1.tar+gzip+encrypted',
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.in-toto+json',
  'constructor',
  '__proto__',
  'toString',
])('%j is the type of no layer', (type) => {
  expect(() => layerCompression(type)).toThrow(
    expect.objectContaining({ code: 'corrupt', message: `${JSON.stringify(type)} is not the media type of a layer` }),
  );
});

describe('every media type is of one kind only', () => {
  const isLayer = (type: string): boolean => {
    try {
      return layerCompression(type) !== undefined;
    } catch {
      return false;
    }
  };
  test.each(Object.entries(mediaTypes))('%s', (_, type) => {
    const kinds = [isManifestType, isIndexType, isConfigType, isLayer].filter((is) => is(type));
    expect(kinds).toHaveLength(1);
  });
});

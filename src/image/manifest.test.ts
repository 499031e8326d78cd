import { describe, expect, test } from 'vitest';
import { chooseManifest, type Index, largestManifest, type Manifest, parseDocument } from './manifest.ts';
import { mediaTypes } from './media-types.ts';
import { parsePlatform } from './platform.ts';

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
const blob = (mediaType: string, digit = '0', more: object = {}) => ({
  mediaType,
  digest: digest(digit),
  size: 10,
  ...more,
});
const config = blob(mediaTypes.ociConfig, 'c');
const layers = [blob(mediaTypes.ociLayerGzip, '1'), blob(mediaTypes.ociLayerZstd, '2')];
const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers };
const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [blob(mediaTypes.ociManifest, 'a')] };
const { mediaType: _, ...untypedManifest } = manifest;
const { mediaType: __, ...untypedIndex } = index;

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const parse = (value: unknown, sentAs?: string) => parseDocument(bytes(value), sentAs);
const corrupt = (message: string) =>
  expect.objectContaining({ code: 'corrupt', message: expect.stringContaining(message) });

describe('a document is what its media type says', () => {
  test.each([
    ['an OCI manifest', manifest, undefined, mediaTypes.ociManifest],
    ['an OCI manifest as it was sent', manifest, mediaTypes.ociManifest, mediaTypes.ociManifest],
    ['one sent with a parameter', manifest, `${mediaTypes.ociManifest}; charset=utf-8`, mediaTypes.ociManifest],
    ['one from a registry that says nothing of it', manifest, 'application/octet-stream', mediaTypes.ociManifest],
    ['one that does not state its type', untypedManifest, mediaTypes.ociManifest, mediaTypes.ociManifest],
    ['one of which nobody states a type', untypedManifest, undefined, mediaTypes.ociManifest],
    [
      'Docker’s manifest',
      { ...manifest, mediaType: mediaTypes.dockerManifest, config: blob(mediaTypes.dockerConfig) },
      mediaTypes.dockerManifest,
      mediaTypes.dockerManifest,
    ],
  ])('%s', (_, value, sentAs, mediaType) => {
    const document = parse(value, sentAs) as Manifest;
    expect(document).toMatchObject({ kind: 'manifest', mediaType, layers });
  });

  test.each([
    ['an OCI index', index, undefined, mediaTypes.ociIndex],
    ['one that does not state its type', untypedIndex, mediaTypes.ociIndex, mediaTypes.ociIndex],
    ['one of which nobody states a type', untypedIndex, undefined, mediaTypes.ociIndex],
    ['Docker’s list', { ...index, mediaType: mediaTypes.dockerList }, mediaTypes.dockerList, mediaTypes.dockerList],
  ])('%s', (_, value, sentAs, mediaType) => {
    expect(parse(value, sentAs)).toEqual({ kind: 'index', mediaType, manifests: index.manifests });
  });
});

// CVE-2021-41190: two readers that take the same bytes for two different things check one image and run another.
describe('a document that could be taken for something else is refused', () => {
  test.each([
    ['a manifest with manifests', { ...manifest, manifests: index.manifests }, undefined, 'ambiguous'],
    ['an index with layers', { ...index, layers }, undefined, 'ambiguous'],
    ['an index with a config', { ...index, config }, mediaTypes.ociIndex, 'ambiguous'],
    ['both, without a type', { ...untypedManifest, ...untypedIndex }, undefined, 'ambiguous'],
    ['a manifest with the layers of schema 1', { ...manifest, fsLayers: [] }, undefined, 'ambiguous'],
    ['a manifest with manifests that are null', { ...manifest, manifests: null }, undefined, 'ambiguous'],
    ['a manifest sent as an index', manifest, mediaTypes.ociIndex, 'and says it is'],
    ['an index sent as a manifest', index, mediaTypes.ociManifest, 'and says it is'],
    ['an OCI manifest sent as Docker’s', manifest, mediaTypes.dockerManifest, 'and says it is'],
    ['an untyped index sent as a manifest', untypedIndex, mediaTypes.ociManifest, 'the config is not an object'],
    ['an untyped manifest sent as an index', untypedManifest, mediaTypes.ociIndex, 'manifests is not a list'],
    [
      'a manifest that calls itself an index',
      { ...manifest, mediaType: mediaTypes.ociIndex },
      undefined,
      'manifests is not a list',
    ],
  ])('%s', (_, value, sentAs, message) => {
    expect(() => parse(value, sentAs)).toThrow(corrupt(message));
  });
});

describe('what is no image is refused', () => {
  test.each([
    ['schema version 1', { ...manifest, schemaVersion: 1 }, 'the schema version 1, not 2'],
    ['no schema version', { ...index, schemaVersion: undefined }, 'the schema version undefined, not 2'],
    ['a schema version in words', { ...manifest, schemaVersion: '2' }, 'the schema version "2", not 2'],
    ['a type that is none', { ...manifest, mediaType: 'text/html' }, '"text/html" is not the media type of a manifest'],
    ['a type that is a number', { ...manifest, mediaType: 2 }, 'the media type of the manifest is not a string'],
    [
      'a config of something else',
      { ...manifest, config: blob('application/vnd.cncf.helm.config.v1+json') },
      'this is not a container image',
    ],
    [
      'a layer of something else',
      { ...manifest, layers: [blob('text/plain')] },
      '"text/plain" is not the media type of a layer',
    ],
    ['a layer named like a method', { ...manifest, layers: [blob('constructor')] }, 'is not the media type of a layer'],
    ['layers that are no list', { ...manifest, layers: {} }, 'layers is not a list'],
    ['no layers', { ...manifest, layers: undefined }, 'layers is not a list'],
    [
      'a layer of negative size',
      { ...manifest, layers: [{ ...layers[0], size: -1 }] },
      'the size of layer 1 is not a size',
    ],
    [
      'a layer whose digest is a path',
      { ...manifest, layers: [...layers, { ...layers[0], digest: '../x' }] },
      '"../x" is not a digest',
    ],
    ['no manifests', { ...index, manifests: undefined }, 'manifests is not a list'],
    ['a manifest without a digest', { ...index, manifests: [{ mediaType: 'x' }] }, 'is not a digest'],
    [
      'more layers than can be mounted',
      { ...manifest, layers: Array(501).fill(layers[0]) },
      'the image has 501 layers, more than 500',
    ],
    [
      'more manifests than there are platforms',
      { ...index, manifests: Array(10_001).fill({}) },
      'the index has 10001 manifests',
    ],
  ])('%s', (_, value, message) => {
    expect(() => parse(value)).toThrow(corrupt(message));
  });

  test('Docker’s schema 1, with a word on what to do', () => {
    const old = { schemaVersion: 1, name: 'library/old', tag: 'latest', fsLayers: [], history: [], signatures: [] };
    expect(() => parse(old, 'application/vnd.docker.distribution.manifest.v1+prettyjws')).toThrow(
      expect.objectContaining({ code: 'corrupt', hint: expect.stringContaining('schema 1') }),
    );
    expect(() => parse(old)).toThrow(corrupt('ambiguous'));
  });

  test('more than four mebibytes, before a byte of it is read', () => {
    const spaces = (size: number) => new Uint8Array(size).fill(0x20);
    expect(() => parseDocument(spaces(largestManifest + 1))).toThrow(corrupt('more than the 4194304 that are allowed'));
    const text = bytes(manifest);
    const largest = spaces(largestManifest);
    largest.set(text);
    expect(parseDocument(largest)).toMatchObject({ kind: 'manifest' });
  });
});

describe('the manifest for a platform', () => {
  const offer = (...platforms: readonly (string | undefined)[]): Index => {
    const manifests = platforms.map((text, number) => {
      const [os, architecture, variant] = text?.split('/') ?? [];
      const platform = text === undefined ? {} : { platform: { os, architecture, variant } };
      return blob(mediaTypes.ociManifest, String(number), platform);
    });
    return parse({ ...index, manifests }) as Index;
  };
  const chosen = (wanted: string, ...offered: readonly (string | undefined)[]): number =>
    Number(chooseManifest(offer(...offered), parsePlatform(wanted)).digest.at(-1));

  test.each<[string, (string | undefined)[], number]>([
    ['linux/amd64', ['linux/arm64', 'linux/amd64'], 1],
    ['linux/amd64', ['linux/amd64', 'linux/amd64'], 0],
    ['linux/arm64', ['linux/arm/v7', 'linux/arm64/v8'], 1],
    ['linux/arm64', ['linux/aarch64'], 0],
    ['linux/arm/v7', ['linux/arm/v5', 'linux/arm/v6', 'linux/arm/v7'], 2],
    ['linux/arm/v7', ['linux/arm/v5', 'linux/arm/v6'], 1],
    ['linux/arm/v6', ['linux/arm/v7', 'linux/arm/v5'], 1],
    ['linux/arm/v7', ['linux/arm'], 0],
    ['linux/amd64/v3', ['linux/amd64', 'linux/amd64/v3'], 1],
    ['linux/amd64/v3', ['linux/amd64/v2', 'linux/amd64'], 1],
    // Attestations of builders stand beside the images, for no platform.
    ['linux/amd64', ['unknown/unknown', 'linux/amd64', 'unknown/unknown'], 1],
    // One without a platform serves where none that states it does.
    ['linux/amd64', [undefined], 0],
    ['linux/amd64', [undefined, 'linux/amd64'], 1],
    ['linux/arm64', ['linux/amd64', undefined], 1],
  ])('for %s of %j', (wanted, offered, expected) => {
    expect(chosen(wanted, ...offered)).toBe(expected);
  });

  test('there is none: the error tells what there is, once each, and nothing that would write on a terminal', () => {
    const offered = ['linux/arm64', 'linux/arm/v6', 'linux/arm64', 'unknown/unknown', '\u001b[2J/x'];
    expect(() => chosen('linux/amd64', ...offered)).toThrow(
      expect.objectContaining({
        code: 'notFound',
        message: 'the image is not there for linux/amd64',
        hint: 'it is there for linux/arm64, linux/arm/v6',
      }),
    );
    expect(() => chosen('linux/arm/v6', 'linux/arm/v7')).toThrow('not there for linux/arm/v6');
    expect(() => chosen('linux/amd64')).toThrow(
      expect.objectContaining({ hint: 'it is there for no platform at all' }),
    );
  });

  test('is never something else than a manifest or an index', () => {
    const platform = { platform: { os: 'linux', architecture: 'amd64' } };
    const manifests = [blob('application/vnd.example+json', '0', platform), blob(mediaTypes.ociIndex, '1', platform)];
    const mixed = parse({ ...index, manifests }) as Index;
    expect(chooseManifest(mixed, parsePlatform('linux/amd64')).mediaType).toBe(mediaTypes.ociIndex);
  });
});

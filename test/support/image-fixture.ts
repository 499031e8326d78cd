// Images for tests, made from nothing: an OCI image layout in a folder (image-spec image-layout.md), and skopeo to push it.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import type { Descriptor } from '../../src/image/descriptor.ts';
import type { DiffID, Digest } from '../../src/image/digest.ts';
import { type Compression, mediaTypes } from '../../src/image/media-types.ts';
import type { Platform } from '../../src/image/platform.ts';

/** One entry of a layer's tar. A file unless `type` says `directory`, `symlink`, `link`, `character-device`, … */
export interface LayerEntry extends Partial<Omit<Header, 'pax'>> {
  readonly name: string;
  readonly pax?: Record<string, string>;
  readonly body?: string | Uint8Array;
}
/** Entries, or a whole tar, which may be as broken as the test wants it. */
export type LayerSource = readonly LayerEntry[] | Uint8Array;

export interface ImageSpecification {
  /** The lowest first. */
  readonly layers: readonly LayerSource[];
  readonly compression?: Compression;
  /** The `config` of the image config: `Cmd`, `Env`, `User`, … */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly platform?: Platform;
  /** Changes the image config before it is written, for configs that lie. */
  readonly alter?: (config: Record<string, unknown>) => Record<string, unknown>;
}

export interface FixtureImage {
  readonly manifest: Descriptor;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly diffIDs: readonly DiffID[];
}

export interface Layout {
  readonly folder: string;
  /** What the tag names: the manifest, or the index where the layout has one. */
  readonly top: Descriptor;
  /** One for each specification. */
  readonly images: readonly FixtureImage[];
}

const layerType = {
  none: mediaTypes.ociLayer,
  gzip: mediaTypes.ociLayerGzip,
  zstd: mediaTypes.ociLayerZstd,
} satisfies Record<Compression, string>;

const compress: Record<Compression, (tar: Uint8Array) => Uint8Array> = {
  none: (tar) => tar,
  gzip: (tar) => gzipSync(tar),
  zstd: (tar) => zstdCompressSync(tar),
};

export const hostArchitecture: Platform = {
  os: 'linux',
  architecture: process.arch === 'x64' ? 'amd64' : process.arch,
};

export const sha256 = (bytes: Uint8Array): Digest =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;

/** The tar of some entries; times are zero, so that the same entries give the same bytes. */
export async function makeTar(entries: readonly LayerEntry[]): Promise<Uint8Array> {
  const tar = pack();
  for (const { body = '', ...header } of entries) {
    const whole = { mtime: new Date(0), ...header };
    if (header.type === undefined || header.type === 'file') tar.entry(whole, body);
    else tar.entry(whole);
  }
  tar.finalize();
  return buffer(tar);
}

function writeBlob(folder: string, bytes: Uint8Array, mediaType: string): Descriptor {
  const digest = sha256(bytes);
  const blobs = join(folder, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  writeFileSync(join(blobs, digest.slice('sha256:'.length)), bytes);
  return { mediaType, digest, size: bytes.byteLength };
}

const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

async function writeImage(folder: string, specification: ImageSpecification): Promise<FixtureImage> {
  const { compression = 'gzip', platform = hostArchitecture, alter = (config) => config } = specification;
  const layers: Descriptor[] = [];
  const diffIDs: DiffID[] = [];
  for (const source of specification.layers) {
    const tar = source instanceof Uint8Array ? source : await makeTar(source);
    diffIDs.push(sha256(tar) as DiffID);
    layers.push(writeBlob(folder, compress[compression](tar), layerType[compression]));
  }
  const config = writeBlob(
    folder,
    json(
      alter({
        ...platform,
        created: '1970-01-01T00:00:00Z',
        config: specification.config ?? {},
        rootfs: { type: 'layers', diff_ids: diffIDs },
        history: layers.map((_, index) => ({ created: '1970-01-01T00:00:00Z', created_by: `layer ${index + 1}` })),
      }),
    ),
    mediaTypes.ociConfig,
  );
  const manifest = writeBlob(
    folder,
    json({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers }),
    mediaTypes.ociManifest,
  );
  return { manifest, config, layers, diffIDs };
}

/**
 * Writes a layout with one image, or, for a list, with an index of images, tagged `latest`.
 * @param folder Made if missing; the caller removes it. Without a colon in its name, which skopeo would misread.
 */
export async function makeOciLayout(
  folder: string,
  specification: ImageSpecification | readonly ImageSpecification[],
): Promise<Layout> {
  mkdirSync(folder, { recursive: true });
  const specifications = Array.isArray(specification) ? (specification as ImageSpecification[]) : undefined;
  const images: FixtureImage[] = [];
  for (const each of specifications ?? [specification as ImageSpecification])
    images.push(await writeImage(folder, each));
  const manifests = images.map((image, index) => ({
    ...image.manifest,
    platform: specifications?.[index]?.platform ?? hostArchitecture,
  }));
  const top =
    specifications === undefined
      ? images[0]!.manifest
      : writeBlob(folder, json({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }), mediaTypes.ociIndex);
  const tagged = { ...top, annotations: { 'org.opencontainers.image.ref.name': 'latest' } };
  writeFileSync(join(folder, 'oci-layout'), json({ imageLayoutVersion: '1.0.0' }));
  writeFileSync(join(folder, 'index.json'), json({ schemaVersion: 2, manifests: [tagged] }));
  return { folder, top, images };
}

export interface PushOptions {
  /** What the registry is to hold. `oci` leaves every byte and digest as the layout has it; `v2s2` rewrites. */
  readonly format?: 'oci' | 'v2s2';
}

/** Pushes a layout to a registry that speaks plain http, as `host/name:tag`, every platform of it. */
export async function pushLayout(layout: Layout, name: string, options: PushOptions = {}): Promise<void> {
  const format = options.format === 'v2s2' ? ['--format', 'v2s2'] : ['--preserve-digests'];
  await promisify(execFile)('skopeo', [
    '--insecure-policy',
    'copy',
    '--quiet',
    '--all',
    '--dest-tls-verify=false',
    '--dest-no-creds',
    ...format,
    `oci:${layout.folder}:latest`,
    `docker://${name}`,
  ]);
}

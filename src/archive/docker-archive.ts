// The images of an archive as `docker save` wrote it before version 25, and podman still does: manifest.json, configs, and layers
// that are plain tars. There are no manifests in it: an OCI one is made, with the layers as they are.
import { createHash } from 'node:crypto';
import { TsdockerError } from '../error.ts';
import { parseImageConfig } from '../image/config.ts';
import type { Descriptor } from '../image/descriptor.ts';
import type { DiffID, Digest } from '../image/digest.ts';
import { largestManifest } from '../image/manifest.ts';
import { mediaTypes } from '../image/media-types.ts';
import { compressionOf } from '../layer/decompress.ts';
import type { Document, ResolvedImage } from '../registry/image-source.ts';
import { type ArchivedImage, largestConfig } from './archived-image.ts';
import { type DockerArchiveImage, parseDockerManifest } from './docker-manifest.ts';
import { layerTypes } from './layer-types.ts';
import type { Extent } from './members.ts';
import type { Archive } from './open-archive.ts';
import { refuseOtherCompression } from './refuse-compression.ts';

/** The images of manifest.json; undefined where there is none. Throws `corrupt`. */
export async function readDockerArchive(archive: Archive): Promise<ArchivedImage[] | undefined> {
  const extent = archive.find('manifest.json');
  if (extent === undefined) return undefined;
  const images = parseDockerManifest(await archive.read(extent, largestManifest, 'manifest.json'));
  return images.map((image) => archivedImage(archive, image));
}

function archivedImage(archive: Archive, image: DockerArchiveImage): ArchivedImage {
  const layers = new Map<Digest, Extent>();
  return {
    names: image.names,
    source: {
      resolve: () => resolve(archive, image, layers),
      openBlob: ({ digest }, from) => archive.stream(layers.get(digest)!, from),
    },
  };
}

const sha256 = (bytes: Uint8Array): Digest => `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;

function document(mediaType: string, bytes: Uint8Array): Document {
  return { descriptor: { mediaType, digest: sha256(bytes), size: bytes.byteLength }, bytes };
}

function need(archive: Archive, name: string): Extent {
  const extent = archive.find(name);
  if (extent !== undefined) return extent;
  throw new TsdockerError(
    'corrupt',
    `the archive lacks ${JSON.stringify(name.slice(0, 200))}, which manifest.json names`,
  );
}

/** @param found Takes where each layer is. */
async function resolve(
  archive: Archive,
  { config: name, layers: names }: DockerArchiveImage,
  found: Map<Digest, Extent>,
): Promise<ResolvedImage> {
  const bytes = await archive.read(need(archive, name), largestConfig, 'the config');
  const { diff_ids: diffIDs } = parseImageConfig(bytes).rootfs;
  if (diffIDs.length !== names.length) {
    throw new TsdockerError(
      'corrupt',
      `a config of the archive names ${diffIDs.length} layers and manifest.json ${names.length}`,
    );
  }
  const layers: Descriptor[] = [];
  for (const [index, member] of names.entries()) {
    const extent = need(archive, member);
    const layer = await describe(archive, extent, diffIDs[index]!);
    found.set(layer.digest, extent);
    layers.push(layer);
  }
  const config = document(mediaTypes.ociConfig, bytes);
  const manifest = document(
    mediaTypes.ociManifest,
    Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config: config.descriptor, layers }),
    ),
  );
  return { manifest, config, layers };
}

/** A plain tar has its diffID for a digest, which whoever reads it checks; docker load takes compressed layers as well. */
async function describe(archive: Archive, extent: Extent, diffID: DiffID): Promise<Descriptor> {
  const { size, offset } = extent;
  const head = await archive.read({ offset, size: Math.min(size, 6) }, 6, 'a layer');
  refuseOtherCompression(head, 'a layer of the archive');
  const compression = compressionOf(head);
  const mediaType = layerTypes[compression];
  if (compression === 'none') return { mediaType, digest: diffID, size };
  const hash = createHash('sha256');
  for await (const piece of archive.stream(extent)) hash.update(piece);
  return { mediaType, digest: `sha256:${hash.digest('hex')}` as Digest, size };
}

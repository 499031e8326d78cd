// Pull: from an image source into the store (design, "The two flows"). The image gets its name last, when all of it is on the
// disk.
import { createHash } from 'node:crypto';
import { TsdockerError } from '../error.ts';
import { type ImageConfig, parseImageConfig } from '../image/config.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { type ChainID, chainIDs, type Digest } from '../image/digest.ts';
import { distance, formatPlatform, type Platform, statedPlatform } from '../image/platform.ts';
import { familiarName, namesOf, type Reference } from '../image/reference.ts';
import type { Document, ImageSource } from '../registry/image-source.ts';
import { hasBlob, writeBlob } from '../store/blobs.ts';
import { leaseContent } from '../store/lease.ts';
import { recordImage } from '../store/record-image.ts';
import type { Store } from '../store/store.ts';
import { type PullProgress, pullLayers } from './pull-layers.ts';

export type { PullProgress } from './pull-layers.ts';

export interface PullOptions {
  readonly platform: Platform;
  readonly onProgress?: (progress: PullProgress) => void;
  readonly signal?: AbortSignal;
}

/**
 * Brings an image into the store, under the name `reference` if it has one. What is there already is neither fetched nor unpacked again.
 * Throws what the source throws, `corrupt` for an image that does not hold together, and the signal's reason; then the
 * store has no image more, and of the layers those that are whole.
 */
export async function pullImage(
  store: Store,
  source: ImageSource,
  reference: Reference | undefined,
  { platform, onProgress = () => {}, signal }: PullOptions,
): Promise<void> {
  const { manifest, config, layers, known } = await source.resolve(platform);
  const image = parseImageConfig(config.bytes);
  refuseOtherPlatform(reference, image, platform);
  const { diff_ids: diffIDs } = image.rootfs;
  if (diffIDs.length !== layers.length) {
    throw new TsdockerError(
      'corrupt',
      `the config of ${shownName(reference)} names ${diffIDs.length} layers and its manifest ${layers.length}`,
    );
  }
  const chain = chainIDs(diffIDs, (text) => createHash('sha256').update(text).digest('hex'));
  using _lease = leaseContent(store, {
    digests: [manifest.descriptor, config.descriptor, ...layers].map(({ digest }) => digest),
    chain,
  });
  const wanted = layers.map((blob, index) => ({ blob, diffID: diffIDs[index]!, chain: chain[index]! }));
  await pullLayers(store, source, wanted, { onProgress, signal });
  await writeDocuments(store, manifest, config);
  const names = reference === undefined ? [] : namesOf(reference, known);
  record(store, names, manifest.descriptor, config.descriptor.digest, image, chain, layers);
}

const shownName = (reference: Reference | undefined): string =>
  reference === undefined ? 'the image' : familiarName(reference);

function refuseOtherPlatform(
  reference: Reference | undefined,
  { os, architecture, variant }: ImageConfig,
  wanted: Platform,
): void {
  const offered = statedPlatform(os, architecture, variant);
  if (distance(wanted, offered) !== undefined) return;
  throw new TsdockerError(
    'notFound',
    `${reference === undefined ? 'the image' : `the image ${familiarName(reference)}`} is for ${formatPlatform(offered)} and not for ${formatPlatform(wanted)}`,
    { hint: `--platform ${formatPlatform(offered)} takes it as it is` },
  );
}

async function writeDocuments(store: Store, ...documents: readonly Document[]): Promise<void> {
  for (const { descriptor, bytes } of documents) {
    if (!hasBlob(store, descriptor)) await writeBlob(store, descriptor, [bytes]);
  }
}

function record(
  store: Store,
  names: readonly string[],
  { mediaType, digest, size }: Descriptor,
  configDigest: Digest,
  { created = '' }: ImageConfig,
  chain: readonly ChainID[],
  blobs: readonly Descriptor[],
): void {
  const manifest = { mediaType, digest, size };
  const layers = blobs.map((layer) => ({ digest: layer.digest, size: layer.size }));
  recordImage(store, { names, manifest, configDigest, created, chain, layers });
}

// Pull: from an image source into the store (design, "The two flows"). Layers are downloaded side by side and unpacked in
// the order of their chain as soon as they are there; the image gets its name last, when all of it is on the disk.
import { createHash } from 'node:crypto';
import { TsdockerError } from '../error.ts';
import { type ImageConfig, parseImageConfig } from '../image/config.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { type ChainID, chainIDs, type Digest } from '../image/digest.ts';
import { distance, formatPlatform, type Platform, statedPlatform } from '../image/platform.ts';
import { familiarName, formatReference, type Reference } from '../image/reference.ts';
import { directoryDriver } from '../layer/directory-driver.ts';
import type { Document, ImageSource } from '../registry/image-source.ts';
import { hasBlob, openBlob, writeBlob } from '../store/blobs.ts';
import { recordImage } from '../store/images.ts';
import { interruptible } from '../store/interruptible.ts';
import type { Store } from '../store/store.ts';

/** What became of a layer, named by the digest of its blob. */
export interface PullProgress {
  readonly layer: Digest;
  readonly status: 'exists' | 'downloading' | 'downloaded' | 'unpacked';
}

export interface PullOptions {
  readonly platform: Platform;
  readonly onProgress?: (progress: PullProgress) => void;
  readonly signal?: AbortSignal;
}

/** How many layers come at once; more would only divide the same line. */
const connections = 4;

/**
 * Brings an image into the store under the name `reference`. What is there already is neither fetched nor unpacked again.
 * Throws what the source throws, `corrupt` for an image that does not hold together, and the signal's reason; then the
 * store has no image more, and of the layers those that are whole.
 */
export async function pullImage(
  store: Store,
  source: ImageSource,
  reference: Reference,
  { platform, onProgress = () => {}, signal }: PullOptions,
): Promise<void> {
  const { manifest, config, layers } = await source.resolve(platform);
  const image = parseImageConfig(config.bytes);
  refuseOtherPlatform(reference, image, platform);
  const { diff_ids: diffIDs } = image.rootfs;
  if (diffIDs.length !== layers.length) {
    throw new TsdockerError(
      'corrupt',
      `the config of ${familiarName(reference)} names ${diffIDs.length} layers and its manifest ${layers.length}`,
    );
  }
  const chain = chainIDs(diffIDs, (text) => createHash('sha256').update(text).digest('hex'));
  const driver = directoryDriver(store.paths.layer);
  using download = startDownload(store, source, layers, onProgress, signal);
  for (const [index, layer] of layers.entries()) {
    const id = chain[index]!;
    const isNew = await download.wait(layer.digest);
    if (driver.has(id)) {
      onProgress({ layer: layer.digest, status: isNew ? 'unpacked' : 'exists' });
      continue;
    }
    const content = interruptible(openBlob(store, layer), download.signal);
    const { mediaType, size } = layer;
    await driver.add(id, { mediaType, size, diffID: diffIDs[index]!, content }, chain.slice(0, index));
    onProgress({ layer: layer.digest, status: 'unpacked' });
  }
  await writeDocuments(store, manifest, config);
  record(store, reference, manifest.descriptor, config.descriptor.digest, image, chain);
}

function refuseOtherPlatform(reference: Reference, { os, architecture, variant }: ImageConfig, wanted: Platform): void {
  const offered = statedPlatform(os, architecture, variant);
  if (distance(wanted, offered) !== undefined) return;
  throw new TsdockerError(
    'notFound',
    `the image ${familiarName(reference)} is for ${formatPlatform(offered)} and not for ${formatPlatform(wanted)}`,
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
  reference: Reference,
  { mediaType, digest, size }: Descriptor,
  configDigest: Digest,
  { created = '' }: ImageConfig,
  chain: readonly ChainID[],
): void {
  const manifest = { mediaType, digest, size };
  recordImage(store, { reference: formatReference(reference), manifest, configDigest, created, chain });
}

interface Download extends Disposable {
  /** Waits until the blob is in the store; true where it had to be fetched. Throws what any of the downloads threw. */
  wait(blob: Digest): Promise<boolean>;
  /** Aborted when one download fails, when the caller's signal is, and when this is disposed of. */
  readonly signal: AbortSignal;
}

function startDownload(
  store: Store,
  source: ImageSource,
  layers: readonly Descriptor[],
  onProgress: (progress: PullProgress) => void,
  caller: AbortSignal | undefined,
): Download {
  const failure = new AbortController();
  const signal = caller === undefined ? failure.signal : AbortSignal.any([caller, failure.signal]);
  // An image may have one layer, such as an empty one, several times.
  const wanted = [...new Map(layers.map((layer) => [layer.digest, layer])).values()];
  const waiting = new Map(wanted.map(({ digest }) => [digest, Promise.withResolvers<boolean>()]));
  const queue = [...wanted];
  const fetchNext = async (): Promise<void> => {
    for (let layer = queue.shift(); layer !== undefined; layer = queue.shift()) {
      const isNew = !hasBlob(store, layer);
      if (isNew) {
        onProgress({ layer: layer.digest, status: 'downloading' });
        await writeBlob(store, layer, interruptible(source.openBlob(layer), signal));
        onProgress({ layer: layer.digest, status: 'downloaded' });
      }
      waiting.get(layer.digest)!.resolve(isNew);
    }
  };
  const fail = (error: unknown): void => {
    failure.abort(error);
    for (const { promise, reject } of waiting.values()) {
      promise.catch(() => {}); // nobody may be waiting for it
      reject(error);
    }
  };
  for (let index = 0; index < connections; index++) fetchNext().catch(fail);
  return {
    wait: (blob) => waiting.get(blob)!.promise,
    signal,
    [Symbol.dispose]: () => fail(new TsdockerError('internal', 'the download was given up')),
  };
}

// The layers of an image on their way into the store: several are downloaded at once, each is made into a layer while it comes,
// and completed when the ones below it are.
import { join } from 'node:path';
import { TsdockerError } from '../error.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { type ChainID, type DiffID, type Digest, digestHex } from '../image/digest.ts';
import { chooseDriver } from '../layer/choose-driver.ts';
import { findLayer } from '../layer/place.ts';
import { type LayerThreads, type LayerWork, openLayerThreads } from '../layer/worker/threads.ts';
import type { ImageSource } from '../registry/image-source.ts';
import { blobPath } from '../store/blob-path.ts';
import { hasBlob } from '../store/blobs.ts';
import { interruptible } from '../store/interruptible.ts';
import { type LockedFile, lockFile } from '../store/locked-file.ts';
import { openPartialBlob, type PartialBlob } from '../store/partial-blob.ts';
import type { Store } from '../store/store.ts';

/** What became of a layer, named by the digest of its blob. */
export interface PullProgress {
  readonly layer: Digest;
  readonly status: 'waiting' | 'exists' | 'downloading' | 'downloaded' | 'unpacking' | 'unpacked' | 'retrying';
  /** Bytes downloaded so far, and of the whole blob. */
  readonly current?: number;
  readonly total?: number;
}

export interface WantedLayer {
  readonly blob: Descriptor;
  readonly diffID: DiffID;
  readonly chain: ChainID;
}

export interface PullLayersOptions {
  readonly onProgress: (progress: PullProgress) => void;
  readonly signal: AbortSignal | undefined;
}

/** How many layers come at once; more would only divide the same line. */
const connections = 6;

/**
 * Brings blobs and layers into the store that are not there. Throws what the source throws, `corrupt`, and the signal's reason;
 * then what is whole stays, and of what was being downloaded what had come.
 * @param layers The lowest first.
 */
export async function pullLayers(
  store: Store,
  source: ImageSource,
  layers: readonly WantedLayer[],
  { onProgress, signal: caller }: PullLayersOptions,
): Promise<void> {
  const failure = new AbortController();
  const signal = caller === undefined ? failure.signal : AbortSignal.any([caller, failure.signal]);
  const threads = openLayerThreads(layers.length);
  const pull: Pull = { store, source, threads, layers, onProgress, signal, ready: layers.map(() => newPromise()) };
  const finished: Promise<void>[] = [];
  const queue = [...layers.keys()];
  const fetchNext = async (): Promise<void> => {
    for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
      const { completing } = await beginLayer(pull, index);
      completing.catch((error) => failure.abort(error));
      finished.push(completing);
    }
  };
  try {
    for (const { blob } of layers) onProgress({ layer: blob.digest, status: 'waiting' });
    await Promise.all(Array.from({ length: connections }, fetchNext));
    await Promise.all(finished);
  } catch (error) {
    failure.abort(error);
    throw caller?.aborted === true ? caller.reason : failure.signal.reason;
  } finally {
    await threads.close();
    await Promise.allSettled(finished);
  }
}

interface Pull extends PullLayersOptions {
  readonly store: Store;
  readonly source: ImageSource;
  readonly threads: LayerThreads;
  readonly layers: readonly WantedLayer[];
  readonly signal: AbortSignal;
  /** Fulfilled, layer by layer, when it is in its place. */
  readonly ready: readonly PromiseWithResolvers<void>[];
}

function newPromise(): PromiseWithResolvers<void> {
  const made = Promise.withResolvers<void>();
  made.promise.catch(() => {});
  return made;
}

/** Returns when the blob is in the store; `completing` is fulfilled when the layer is too. */
async function beginLayer(pull: Pull, index: number): Promise<{ readonly completing: Promise<void> }> {
  const { store, layers, onProgress, signal, ready } = pull;
  const { blob, chain } = layers[index]!;
  const layer = blob.digest;
  // Held until the layer is there: who pulls the same at the same time finds it then. Layers are locked from the lowest
  // up, so that no two processes wait for each other.
  const lock = await lockFile(join(store.paths.download, `layer-${digestHex(chain)}`), signal);
  try {
    const isHere = findLayer(store.paths.layer, chain) !== undefined;
    if (isHere && hasBlob(store, blob)) {
      onProgress({ layer, status: 'exists' });
      release(lock);
      ready[index]!.resolve();
      return { completing: ready[index]!.promise };
    }
    const work = await fetchBlob(pull, index, !isHere);
    onProgress({ layer, status: 'unpacking' });
    return { completing: complete(pull, index, work, lock) };
  } catch (error) {
    release(lock);
    throw error;
  }
}

async function complete({ layers, ready, onProgress }: Pull, index: number, work: LayerWork, lock: LockedFile) {
  try {
    await work.done;
    onProgress({ layer: layers[index]!.blob.digest, status: 'unpacked' });
    ready[index]!.resolve();
  } finally {
    release(lock);
  }
}

function release(lock: LockedFile): void {
  lock.remove();
  lock[Symbol.dispose]();
}

/** Has the blob in the store, and the work on its layer under way. @param isWanted Whether there is a layer to be made. */
async function fetchBlob(pull: Pull, index: number, isWanted: boolean): Promise<LayerWork> {
  const { store, layers, onProgress, signal } = pull;
  const { blob } = layers[index]!;
  using partial = await openPartialBlob(store, blob, signal);
  if (hasBlob(store, blob)) {
    const work = beginWork(pull, index, { path: blobPath(store, blob.digest), isChecked: true, isWanted });
    work.grown(blob.size);
    return work;
  }
  for (;;) {
    const before = partial.size;
    const work = beginWork(pull, index, { path: partial.path, isChecked: false, isWanted });
    try {
      await download(pull, blob, partial, work);
      await work.verified;
      await partial.complete();
      onProgress({ layer: blob.digest, status: 'downloaded' });
      return work;
    } catch (error) {
      work.abandon();
      await work.done.catch(() => {});
      if (!(error instanceof TsdockerError && error.code === 'corrupt')) throw error;
      partial.startOver();
      // What an earlier pull had left may have been damaged since, and a mirror may have sent something else.
      if (before === 0 && pull.source.distrust?.(blob) !== true) throw error;
      onProgress({ layer: blob.digest, status: 'retrying' });
    }
  }
}

interface WorkOptions {
  readonly path: string;
  readonly isChecked: boolean;
  readonly isWanted: boolean;
}

function beginWork(
  { store, threads, layers, ready, signal }: Pull,
  index: number,
  { path, isChecked, isWanted }: WorkOptions,
): LayerWork {
  const { blob, diffID, chain } = layers[index]!;
  const folder = store.paths.layer;
  const below = layers.slice(0, index).map((layer) => layer.chain);
  const { mediaType, size, digest } = blob;
  const work = threads.begin({
    path,
    mediaType,
    size,
    ...(!isChecked && { digest }),
    ...(isWanted && { layer: { driver: chooseDriver(folder), folder, chain, diffID, below } }),
  });
  Promise.all(ready.slice(0, index).map(({ promise }) => promise)).then(work.belowReady, () => {});
  const abandon = (): void => work.abandon();
  signal.addEventListener('abort', abandon, { once: true });
  work.done.catch(() => {}).finally(() => signal.removeEventListener('abort', abandon));
  return work;
}

async function download(
  { source, onProgress, signal }: Pull,
  blob: Descriptor,
  partial: PartialBlob,
  work: LayerWork,
): Promise<void> {
  const { digest: layer, size: total } = blob;
  const failed = new AbortController();
  work.done.catch((error) => failed.abort(error));
  onProgress({ layer, status: 'downloading', current: partial.size, total });
  work.grown(partial.size);
  if (partial.size === total) return;
  const content = interruptible(source.openBlob(blob, partial.size), AbortSignal.any([signal, failed.signal]));
  for await (const piece of content) {
    partial.append(piece);
    work.grown(partial.size);
    onProgress({ layer, status: 'downloading', current: partial.size, total });
  }
  if (partial.size === total) return;
  throw new TsdockerError('corrupt', `the blob ${layer} has ${partial.size} bytes instead of ${total}`);
}

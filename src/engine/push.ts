// From an image of the store to its registry: the very bytes that were pulled, from the blobs that the store kept.
import { createReadStream } from 'node:fs';
import { TsdockerError } from '../error.ts';
import { parseImageConfig } from '../image/config.ts';
import type { Digest } from '../image/digest.ts';
import { parseDocument } from '../image/manifest.ts';
import { familiarName, formatReference, parseReference, type Reference } from '../image/reference.ts';
import { readConfiguration } from '../registry/configuration.ts';
import { type CredentialLookup, createCredentialLookup } from '../registry/credentials.ts';
import { type PushProgress, pushToRegistry } from '../registry/push.ts';
import type { RegistryOptions } from '../spec/run-options.ts';
import { blobPath } from '../store/blob-path.ts';
import { readBlob } from '../store/blobs.ts';
import { neededBy } from '../store/garbage.ts';
import { findRecord, listImages } from '../store/images.ts';
import { leaseContent } from '../store/lease.ts';
import type { Store } from '../store/store.ts';
import { transferEvent } from './image-event.ts';

export type { PushProgress } from '../registry/push.ts';

/**
 * What a name means to a push. Throws `usage` for one with a digest, `notFound` where the store has none of it.
 * @param all Every tag of the repository, and not the one that is named.
 */
export function choosePushed(store: Store, name: string, all: boolean): Reference[] {
  const reference = parseReference(name);
  if (reference.digest !== undefined) {
    throw new TsdockerError('usage', `${name} has a digest, and cannot be pushed`, { hint: 'push it by a tag' });
  }
  if (!all) {
    findRecord(store, formatReference(reference));
    return [reference];
  }
  if (/:[^/]*$/.test(name.replace(/^[^/]*:\d+\//, ''))) {
    throw new TsdockerError('usage', `${name} has a tag, and --all-tags pushes all of them`, { hint: 'leave one out' });
  }
  const tagged = listImages(store)
    .flatMap(({ names }) => names.map((each) => parseReference(each)))
    .filter(({ domain, path, tag }) => domain === reference.domain && path === reference.path && tag !== undefined);
  if (tagged.length > 0) return tagged;
  throw new TsdockerError('notFound', `there is no image of the repository ${name} in the store`, {
    hint: 'tsdocker images lists them all',
  });
}

export interface PushImageOptions {
  readonly registries: RegistryOptions;
  /** What a login left, unless told. */
  readonly credentials?: CredentialLookup;
  /** Layers are named by their diffID, as in Docker. */
  readonly onProgress?: (progress: PushProgress) => void;
  readonly signal?: AbortSignal;
}

/** @param reference With a tag. Throws `notFound` for an image that is not here, and what the registry refuses. */
export async function pushImage(
  store: Store,
  reference: Reference,
  { registries, onProgress, signal, ...rest }: PushImageOptions,
): Promise<{ readonly digest: Digest; readonly size: number }> {
  const name = formatReference(reference);
  using _lease = leaseContent(store, neededBy(findRecord(store, name).image));
  const { image } = findRecord(store, name); // what was there before the lease may be gone
  const bytes = readBlob(store, image.manifest);
  const manifest = parseDocument(bytes);
  if (manifest.kind !== 'manifest')
    throw new TsdockerError('corrupt', `the manifest of ${familiarName(reference)} is an index`);
  const { digest } = image.manifest;
  const size = bytes.byteLength;
  const descriptor = { mediaType: manifest.mediaType, digest, size };
  const { diff_ids: diffIDs } = parseImageConfig(readBlob(store, manifest.config)).rootfs;
  const named = new Map(manifest.layers.map((layer, index) => [layer.digest, diffIDs[index] ?? layer.digest]));
  const others = listImages(store).flatMap(({ names, layers }) =>
    names
      .map((each) => parseReference(each))
      .filter(({ domain, path }) => domain === reference.domain && path !== reference.path)
      .map(({ path }) => ({ path, layers })),
  );
  await pushToRegistry(
    reference,
    { manifest: { descriptor, bytes }, config: manifest.config, layers: manifest.layers },
    ({ digest }, start, end) =>
      createReadStream(blobPath(store, digest), { start, end: end - 1, highWaterMark: 2 ** 18 }),
    {
      configuration: readConfiguration(registries),
      credentials: rest.credentials ?? createCredentialLookup(process.env, { ...(signal && { signal }) }),
      mountFrom: (digest) => others.find(({ layers }) => layers.some((layer) => layer.digest === digest))?.path,
      ...(onProgress && {
        onProgress: (progress) => onProgress({ ...progress, layer: named.get(progress.layer) ?? progress.layer }),
      }),
      ...(signal && { signal }),
    },
  );
  transferEvent(store, 'push', reference);
  return { digest, size };
}

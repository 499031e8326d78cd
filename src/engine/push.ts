// From an image of the store to its registry: the very bytes that were pulled, from the blobs that the store kept.
import { createReadStream } from 'node:fs';
import { TsdockerError } from '../error.ts';
import type { Digest } from '../image/digest.ts';
import { parseDocument } from '../image/manifest.ts';
import { formatReference, parseReference } from '../image/reference.ts';
import { readConfiguration } from '../registry/configuration.ts';
import { type CredentialLookup, createCredentialLookup } from '../registry/credentials.ts';
import { type PushProgress, pushToRegistry } from '../registry/push.ts';
import type { RegistryOptions } from '../spec/run-options.ts';
import { blobPath } from '../store/blob-path.ts';
import { readBlob } from '../store/blobs.ts';
import { findImage, listImages } from '../store/images.ts';
import type { Store } from '../store/store.ts';

export interface PushByNameOptions {
  readonly registries: RegistryOptions;
  /** What a login left, unless told. */
  readonly credentials?: CredentialLookup;
  readonly onProgress?: (progress: PushProgress) => void;
  readonly signal?: AbortSignal;
}

/** Throws `usage` for a name with a digest, `notFound` for an image that is not here, and what the registry refuses. */
export async function pushByName(
  store: Store,
  name: string,
  { registries, onProgress, signal, ...rest }: PushByNameOptions,
): Promise<{ readonly digest: Digest; readonly size: number }> {
  const reference = parseReference(name);
  if (reference.digest !== undefined) {
    throw new TsdockerError('usage', `${name} has a digest, and cannot be pushed`, { hint: 'push it by a tag' });
  }
  const image = findImage(store, formatReference(reference));
  if (image === undefined) {
    throw new TsdockerError('notFound', `the image ${name} is not in the store`, {
      hint: 'tsdocker images lists them all',
    });
  }
  const bytes = readBlob(store, { digest: image.manifestDigest });
  const manifest = parseDocument(bytes);
  if (manifest.kind !== 'manifest') throw new TsdockerError('corrupt', `the manifest of ${name} is an index`);
  const size = bytes.byteLength;
  const descriptor = { mediaType: manifest.mediaType, digest: image.manifestDigest, size };
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
      ...(onProgress && { onProgress }),
      ...(signal && { signal }),
    },
  );
  return { digest: image.manifestDigest, size };
}

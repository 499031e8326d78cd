// Import: from the tar of a file system to an image of one layer (image-spec config.md, layer.md), by the way of a pull. The bytes
// of the tar, compressed or not, become the layer's blob as they are.
import type { ArchiveInput } from '../archive/input.ts';
import { openLayerTar } from '../archive/layer-tar.ts';
import { applyChanges } from '../image/change.ts';
import type { Descriptor } from '../image/descriptor.ts';
import type { Digest } from '../image/digest.ts';
import { mediaTypes } from '../image/media-types.ts';
import type { Platform } from '../image/platform.ts';
import type { Reference } from '../image/reference.ts';
import { interruptible } from '../store/interruptible.ts';
import type { Store } from '../store/store.ts';
import { document } from './document.ts';
import { imageEvent } from './image-event.ts';
import { pullImage } from './pull.ts';

export interface ImportOptions {
  readonly platform: Platform;
  /** Dockerfile instructions, such as `CMD ["/bin/sh"]`. */
  readonly changes: readonly string[];
  /** What the history of the image says. */
  readonly message: string;
  readonly created: Date;
  readonly signal?: AbortSignal;
}

/**
 * Makes an image and returns its id. Throws `usage` for a change that makes no sense, before anything is read; `corrupt` for what
 * is no tar, and what the input throws. The caller closes the input.
 */
export async function importImage(
  store: Store,
  input: ArchiveInput,
  reference: Reference | undefined,
  { platform, changes, message: comment, created: now, signal }: ImportOptions,
): Promise<Digest> {
  const execution = applyChanges({}, changes);
  const created = now.toISOString();
  const given = signal === undefined || 'file' in input ? input : { pieces: interruptible(input.pieces, signal) };
  await using layer = await openLayerTar(given, store.paths.tmp);
  const config = document(mediaTypes.ociConfig, {
    created,
    ...platform,
    config: execution,
    rootfs: { type: 'layers', diff_ids: [layer.diffID] },
    history: [{ created, comment }],
  });
  const { descriptor } = layer;
  const manifest = document(mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: config.descriptor,
    layers: [descriptor],
  });
  const source = {
    resolve: async () => ({ manifest, config, layers: [descriptor] }),
    openBlob: (_layer: Descriptor, from?: number) => layer.stream(from),
  };
  await pullImage(store, source, reference, { platform, ...(signal && { signal }) });
  imageEvent(store, 'import', config.descriptor.digest);
  return config.descriptor.digest;
}

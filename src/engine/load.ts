// Load: from an archive of images into the store, by the way of a pull. All of the archive's documents are looked at before the
// first image is touched.
import type { ArchivedImage } from '../archive/archived-image.ts';
import type { ArchiveInput } from '../archive/input.ts';
import { openArchive } from '../archive/open-archive.ts';
import { readImages } from '../archive/read-images.ts';
import { parseImageConfig } from '../image/config.ts';
import type { Digest } from '../image/digest.ts';
import { hostPlatform, type Platform, statedPlatform } from '../image/platform.ts';
import type { Reference } from '../image/reference.ts';
import type { ResolvedImage } from '../registry/image-source.ts';
import { interruptible } from '../store/interruptible.ts';
import type { Store } from '../store/store.ts';
import { imageEvent } from './image-event.ts';
import { type PullProgress, pullImage } from './pull.ts';

export interface LoadOptions {
  /** Of which platform; unless told, the host's where there are several, and whatever there is where there is one. */
  readonly platform?: Platform;
  readonly onProgress?: (progress: PullProgress) => void;
  /** Called for each image that is in the store now. */
  readonly onLoaded?: (image: LoadedImage) => void;
  readonly signal?: AbortSignal;
}

export interface LoadedImage {
  readonly id: Digest;
  /** None for an image that the archive gives none. */
  readonly names: readonly Reference[];
}

/**
 * Brings all images of an archive into the store. Throws `corrupt`, `unsupported`, what reading the input throws, and the
 * signal's reason; the images before the one that failed stay. The caller closes the input.
 */
export async function loadImages(
  store: Store,
  input: ArchiveInput,
  { platform, onProgress, onLoaded = () => {}, signal }: LoadOptions = {},
): Promise<void> {
  await using archive = await openArchive(untilAborted(input, signal), store.paths.tmp);
  const images: (ArchivedImage & { resolved: ResolvedImage })[] = [];
  for (const image of await readImages(archive)) {
    images.push({ ...image, resolved: await image.source.resolve(platform ?? hostPlatform()) });
    signal?.throwIfAborted();
  }
  for (const { names, source, resolved } of images) {
    const { os, architecture, variant } = parseImageConfig(resolved.config.bytes);
    const options = {
      platform: platform ?? statedPlatform(os, architecture, variant),
      ...(onProgress && { onProgress }),
      ...(signal && { signal }),
    };
    // Nothing is fetched or unpacked again for the second name.
    for (const name of names.length === 0 ? [undefined] : names) {
      await pullImage(store, { ...source, resolve: async () => resolved }, name, options);
    }
    imageEvent(store, 'load', resolved.config.descriptor.digest);
    onLoaded({ id: resolved.config.descriptor.digest, names });
  }
}

function untilAborted(input: ArchiveInput, signal: AbortSignal | undefined): ArchiveInput {
  if (signal === undefined || 'file' in input) return input;
  return { pieces: interruptible(input.pieces, signal) };
}

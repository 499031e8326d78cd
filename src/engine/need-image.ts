// An image that must be in the store, with all that the store records of it.
import { TsdockerError } from '../error.ts';
import { findImage, type ListedImage, readImage } from '../store/images.ts';
import type { Store } from '../store/store.ts';

/** Finds an image by what a person wrote. Throws `notFound`, and `conflict` for an ambiguous id. */
export function needImage(store: Store, name: string): ListedImage {
  const found = findImage(store, name);
  const image = found && readImage(store, found.manifestDigest);
  if (image !== undefined) return image;
  throw new TsdockerError('notFound', `there is no image ${name} in the store`, {
    hint: 'tsdocker images lists them all',
  });
}

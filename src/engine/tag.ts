// Giving an image of the store another name.
import { TsdockerError } from '../error.ts';
import { familiarName, namesOf, parseReference } from '../image/reference.ts';
import { findRecord } from '../store/images.ts';
import { changeImages, giveName } from '../store/record-image.ts';
import type { Store } from '../store/store.ts';
import { imageEvent } from './image-event.ts';

/** Takes the name from whoever had it. Throws `usage` for what is no name and for a digest, `notFound` for the source. */
export function tagImage(store: Store, source: string, target: string): void {
  const reference = parseReference(target);
  if (reference.digest !== undefined) {
    throw new TsdockerError('usage', `${target} has a digest, which cannot be given to an image`, {
      hint: 'a digest says what an image is; give it a tag',
    });
  }
  const [name = ''] = namesOf(reference);
  const { configDigest } = changeImages(store, () => {
    const { image } = findRecord(store, source);
    giveName(store, name, image.manifest.digest);
    return image;
  });
  imageEvent(store, 'tag', configDigest, familiarName(reference));
}

// What happens to images, told to whoever reads the events of the store (store/events.ts), in the words of Docker's engine.
import type { Digest } from '../image/digest.ts';
import { familiarName, familiarRepository, type Reference } from '../image/reference.ts';
import { recordEvent } from '../store/events.ts';
import { findImage, readConfig } from '../store/images.ts';
import type { Store } from '../store/store.ts';
import type { Removed } from './remove-image.ts';

export type ImageAction = 'pull' | 'push' | 'tag' | 'untag' | 'delete' | 'save' | 'load' | 'import';

/** @param id The image's id. @param name What the event names it by: the id again, where no name counts. */
export function imageEvent(store: Store, action: ImageAction, id: Digest, name: string = id): void {
  recordEvent(store, { type: 'image', action, id, attributes: { ...labelsOf(store, id), name } });
}

/** Pulls and pushes are of a name: `busybox:latest` of `busybox`. */
export function transferEvent(store: Store, action: 'pull' | 'push', reference: Reference): void {
  const id = familiarName(reference);
  const name = familiarRepository(reference);
  const labels = labelsOf(store, findImage(store, id)?.configDigest);
  recordEvent(store, { type: 'image', action, id, attributes: { ...labels, name } });
}

/** One event for each name, and one for the image where it went too. */
export function removalEvents(store: Store, id: Digest, removed: readonly Removed[]): void {
  for (const { action } of removed) imageEvent(store, action === 'untagged' ? 'untag' : 'delete', id);
}

/** @param reclaimed Bytes. */
export function pruneEvent(store: Store, type: 'container' | 'image' | 'network', reclaimed: number): void {
  recordEvent(store, { type, action: 'prune', id: '', attributes: { reclaimed: String(reclaimed) } });
}

/** None of an image that is gone, or cannot be read: the event is worth more than its labels. */
function labelsOf(store: Store, id: Digest | undefined): Readonly<Record<string, string>> {
  try {
    return id === undefined ? {} : (readConfig(store, id).config.Labels ?? {});
  } catch {
    return {};
  }
}

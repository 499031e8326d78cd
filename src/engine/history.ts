// The history of an image in the store, with the room each step takes: what its config tells, joined with its layers.
import type { Digest } from '../image/digest.ts';
import { type HistoryEntry, parseHistory } from '../image/history.ts';
import { readBlob } from '../store/blobs.ts';
import { layerUsage } from '../store/disk-usage.ts';
import type { Store } from '../store/store.ts';
import { needImage } from './need-image.ts';

export interface ImageStep extends HistoryEntry {
  /** The image's id; undefined for all steps but the last one, whose results nobody kept. */
  readonly id?: Digest;
  /** Bytes in the files of the layer; 0 where there is none. */
  readonly size: number;
}

/** The newest first. Throws `notFound`, and `corrupt` for a history that cannot be. */
export function imageHistory(store: Store, name: string): ImageStep[] {
  const { configDigest, chain } = needImage(store, name);
  const steps = parseHistory(readBlob(store, { digest: configDigest })).map((entry) => {
    const layer = entry.layer === undefined ? undefined : chain[entry.layer];
    return { ...entry, size: layer === undefined ? 0 : layerUsage(store, layer).content };
  });
  return steps.reverse().map((step, index) => (index === 0 ? { ...step, id: configDigest } : step));
}

// How much a container has written, and how much its whole root holds: `ps -s`, `inspect -s`.
import { join } from 'node:path';
import { bundlePath } from '../store/bundles.ts';
import type { ContainerRecord } from '../store/containers.ts';
import { layerUsage, usageOf } from '../store/disk-usage.ts';
import { readImage } from '../store/images.ts';
import type { Store } from '../store/store.ts';

export interface ContainerSize {
  /** Bytes in the files it wrote or changed. */
  readonly written: number;
  /** The same and its image's, which it shares with others. */
  readonly root: number;
}

/** Looks at every file that the container wrote. */
export function containerSize(
  store: Store,
  { id, imageDigest, chain }: Pick<ContainerRecord, 'id' | 'imageDigest' | 'chain'>,
): ContainerSize {
  const written = usageOf(join(bundlePath(store, id), 'upper')).content;
  const image = imageDigest === '' ? undefined : readImage(store, imageDigest);
  const size = image?.size ?? chain.reduce((sum, layer) => sum + layerUsage(store, layer).content, 0);
  return { written, root: written + size };
}

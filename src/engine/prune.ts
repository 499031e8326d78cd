// Pruning: images that nobody uses, and all that nothing in the store needs (`docker image prune`, `docker system prune`).

import { TsdockerError } from '../error.ts';
import { bundlePath } from '../store/bundles.ts';
import { listContainers } from '../store/containers.ts';
import { usageOf } from '../store/disk-usage.ts';
import { listImages } from '../store/images.ts';
import { changeImages, dropImage } from '../store/record-image.ts';
import type { Store } from '../store/store.ts';
import { collectGarbage } from './collect.ts';
import { compileFilters } from './image-filters.ts';
import { parseMoment } from './moment.ts';
import { removeContainer, sweepContainers } from './remove.ts';
import { dropGroup, groupImages, type ImageGroup, type Removed, usersOf } from './remove-image.ts';

export interface PruneOptions {
  /** Also images with names, where no container uses them. */
  readonly all: boolean;
  readonly filters: readonly string[];
  readonly now: number;
}

export interface Pruned {
  readonly removed: readonly Removed[];
  /** Bytes. */
  readonly reclaimed: number;
}

/** What `image prune` can be told. */
export const pruneFilters = ['until', 'label', 'label!', 'dangling'] as const;

/** Removes images without a name, or all, that no container was made of, and then whatever nothing needs. Throws `usage`. */
export function pruneImages(store: Store, { all, filters, now }: PruneOptions): Pruned {
  const removed: Removed[] = changeImages(store, () => {
    const filter = compileFilters(store, filters, pruneFilters, now);
    const everything = filter.dangling === undefined ? all : !filter.dangling;
    const [gone, kept] = [[] as ImageGroup[], [] as ImageGroup[]];
    for (const group of groupImages(listImages(store))) {
      const isWanted = (everything || group.names.length === 0) && filter.passes(group.images[0]!);
      (isWanted && usersOf(store, group).length === 0 ? gone : kept).push(group);
    }
    if (filters.length === 0) for (const group of kept) dropShadows(store, group);
    return gone.flatMap((group) => dropGroup(store, group));
  });
  const { layers, reclaimed } = collectGarbage(store);
  return { removed: [...removed, ...layers.map((what) => ({ action: 'deleted' as const, what }))], reclaimed };
}

/** Other manifests of the same id that lost their names: nobody is shown them, and nobody can ask for them. */
function dropShadows(store: Store, group: ImageGroup): void {
  if (group.names.length === 0) return;
  for (const image of group.images.filter(({ names }) => names.length === 0)) {
    if (usersOf(store, { ...group, images: [image] }).length === 0) dropImage(store, image.manifest.digest);
  }
}

export interface PrunedContainers {
  /** Their ids. */
  readonly ids: readonly string[];
  /** Bytes. */
  readonly reclaimed: number;
}

/** The moment that `until=` of these filters says, of several the earliest. Throws `usage` for any other filter. */
export function parseUntil(filters: readonly string[], now: number): number {
  const moments = filters.map((text) => {
    if (text.startsWith('until=')) return parseMoment(text.slice('until='.length), now);
    throw new TsdockerError('usage', `the filter ${JSON.stringify(text)} is not known`, { hint: 'there is until=24h' });
  });
  return Math.min(...moments);
}

/** Removes containers that do not run and were made before `until`, where that is given. */
export async function pruneContainers(store: Store, until = Number.POSITIVE_INFINITY): Promise<PrunedContainers> {
  sweepContainers(store);
  const ids: string[] = [];
  let reclaimed = 0;
  for (const { record, state } of listContainers(store)) {
    if (state.status === 'running' || state.status === 'creating' || record.createdAt >= until) continue;
    const { disk } = usageOf(bundlePath(store, record.id));
    try {
      await removeContainer(store, record.id, false);
    } catch (error) {
      // Another command was first: it is gone, or was started again.
      if (error instanceof TsdockerError && (error.code === 'notFound' || error.code === 'conflict')) continue;
      throw error;
    }
    ids.push(record.id);
    reclaimed += disk;
  }
  return { ids, reclaimed };
}

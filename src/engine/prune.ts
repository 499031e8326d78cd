// Pruning: images that nobody uses, and all that nothing in the store needs (`docker image prune`, `docker system prune`).
import { listImages } from '../store/images.ts';
import { changeImages, dropImage } from '../store/record-image.ts';
import type { Store } from '../store/store.ts';
import { collectGarbage } from './collect.ts';
import { pruneEvent, removalEvents } from './image-event.ts';
import { compileFilters } from './image-filters.ts';
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
  const groups = changeImages(store, () => {
    const filter = compileFilters(store, filters, pruneFilters, now);
    const everything = filter.dangling === undefined ? all : !filter.dangling;
    const [gone, kept] = [[] as ImageGroup[], [] as ImageGroup[]];
    for (const group of groupImages(listImages(store))) {
      const isWanted = (everything || group.names.length === 0) && filter.passes(group.images[0]!);
      (isWanted && usersOf(store, group).length === 0 ? gone : kept).push(group);
    }
    if (filters.length === 0) for (const group of kept) dropShadows(store, group);
    return gone.map((group) => ({ id: group.id, removed: dropGroup(store, group) }));
  });
  for (const { id, removed } of groups) removalEvents(store, id, removed);
  const { layers, reclaimed } = collectGarbage(store);
  pruneEvent(store, 'image', reclaimed);
  const removed: Removed[] = groups.flatMap((group) => group.removed);
  return { removed: [...removed, ...layers.map((what) => ({ action: 'deleted' as const, what }))], reclaimed };
}

/** Other manifests of the same id that lost their names: nobody is shown them, and nobody can ask for them. */
function dropShadows(store: Store, group: ImageGroup): void {
  if (group.names.length === 0) return;
  for (const image of group.images.filter(({ names }) => names.length === 0)) {
    if (usersOf(store, { ...group, images: [image] }).length === 0) dropImage(store, image.manifest.digest);
  }
}

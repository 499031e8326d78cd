// Pruning containers: those that do not run (`docker container prune`).
import { TsdockerError } from '../error.ts';
import { bundlePath } from '../store/bundles.ts';
import { type ListedContainer, listContainers } from '../store/containers.ts';
import { usageOf } from '../store/disk-usage.ts';
import type { Store } from '../store/store.ts';
import { containerLabels } from './container-labels.ts';
import { pruneEvent } from './image-event.ts';
import { compilePruneFilters } from './prune-filters.ts';
import { removeContainer } from './remove.ts';
import { sweepContainers } from './sweep.ts';

export interface PrunedContainers {
  /** Their ids. */
  readonly ids: readonly string[];
  /** Bytes. */
  readonly reclaimed: number;
}

/** Which of the containers that do not run are meant. */
export type ContainerChoice = (store: Store, container: ListedContainer) => boolean;

/** Throws `usage` for a filter that there is not. */
export function choosePruned(filters: readonly string[], now: number): ContainerChoice {
  const isMeant = compilePruneFilters(filters, now);
  return (store, { record }) => isMeant({ createdAt: record.createdAt, labels: () => containerLabels(store, record) });
}

const isOver = ({ state }: ListedContainer): boolean =>
  state.status === 'created' || state.status === 'exited' || state.status === 'dead';

/** Removes the containers that do not run and are meant. */
export async function pruneContainers(store: Store, isMeant: ContainerChoice = () => true): Promise<PrunedContainers> {
  sweepContainers(store);
  const ids: string[] = [];
  let reclaimed = 0;
  for (const container of listContainers(store)) {
    if (!isOver(container) || !isMeant(store, container)) continue;
    const { id } = container.record;
    const { disk } = usageOf(bundlePath(store, id));
    try {
      await removeContainer(store, id, false);
    } catch (error) {
      // Another command was first: it is gone, or was started again.
      if (error instanceof TsdockerError && (error.code === 'notFound' || error.code === 'conflict')) continue;
      throw error;
    }
    ids.push(id);
    reclaimed += disk;
  }
  pruneEvent(store, 'container', reclaimed);
  return { ids, reclaimed };
}

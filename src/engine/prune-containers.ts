// Pruning containers: those that do not run (`docker container prune`).
import { TsdockerError } from '../error.ts';
import { bundlePath } from '../store/bundles.ts';
import { type ListedContainer, listContainers } from '../store/containers.ts';
import { usageOf } from '../store/disk-usage.ts';
import type { Store } from '../store/store.ts';
import { containerLabels, hasLabel } from './container-labels.ts';
import { pruneEvent } from './image-event.ts';
import { parseMoment } from './moment.ts';
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

/**
 * What `until=`, `label=` and `label!=` say, all of which must be so; of several moments the earliest counts. Throws `usage` for
 * any other filter.
 */
export function choosePruned(filters: readonly string[], now: number): ContainerChoice {
  const parts = filters.map((text) => {
    const [, name, value = ''] = /^(until|label!?)=(.+)$/s.exec(text) ?? [];
    if (name !== undefined) return { name, value };
    throw new TsdockerError('usage', `the filter ${JSON.stringify(text)} is not known`, {
      hint: 'there are until=24h, label=key, label=key=value and the same with label!=',
    });
  });
  const valuesOf = (wanted: string): string[] => parts.flatMap(({ name, value }) => (name === wanted ? [value] : []));
  const until = Math.min(...valuesOf('until').map((text) => parseMoment(text, now)));
  const [wanted, unwanted] = [valuesOf('label'), valuesOf('label!')];
  return (store, { record }) => {
    if (record.createdAt >= until) return false;
    if (wanted.length === 0 && unwanted.length === 0) return true;
    const labels = containerLabels(store, record);
    return wanted.every((label) => hasLabel(labels, label)) && !unwanted.some((label) => hasLabel(labels, label));
  };
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

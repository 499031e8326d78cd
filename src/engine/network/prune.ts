// Pruning networks: those that people made and no container is in (docker network prune).
import { TsdockerError } from '../../error.ts';
import { listEndpoints } from '../../store/endpoints.ts';
import { isPredefined, listNetworks, type NetworkRecord } from '../../store/networks.ts';
import type { Store } from '../../store/store.ts';
import { pruneEvent } from '../image-event.ts';
import { compilePruneFilters } from '../prune-filters.ts';
import { removeNetwork } from './remove.ts';

/** Throws `usage` for a filter that there is not. */
export function chooseNetworks(filters: readonly string[], now: number): (network: NetworkRecord) => boolean {
  const isMeant = compilePruneFilters(filters, now);
  return ({ createdAt, settings: { labels } }) => isMeant({ createdAt, labels: () => labels });
}

/** The names of the networks that went. A container that does not run keeps its networks, which `network rm` would remove. */
export function pruneNetworks(store: Store, isMeant: (network: NetworkRecord) => boolean = () => true): string[] {
  const used = new Set(listEndpoints(store).map(({ networkId }) => networkId));
  const names = listNetworks(store)
    .filter((network) => !isPredefined(network.name) && !used.has(network.id) && isMeant(network))
    .flatMap(({ id, name }) => {
      try {
        removeNetwork(store, id);
        return [name];
      } catch (error) {
        // Another command was first: it is gone, or in use.
        if (error instanceof TsdockerError && (error.code === 'notFound' || error.code === 'conflict')) return [];
        throw error;
      }
    });
  pruneEvent(store, 'network', 0);
  return names;
}

// Pruning networks: those that people made and no container is in (docker network prune).
import { TsdockerError } from '../../error.ts';
import { listEndpoints } from '../../store/endpoints.ts';
import { isPredefined, listNetworks, type NetworkRecord } from '../../store/networks.ts';
import type { Store } from '../../store/store.ts';
import { hasLabel } from '../container-labels.ts';
import { pruneEvent } from '../image-event.ts';
import { parseMoment } from '../moment.ts';
import { removeNetwork } from './remove.ts';

/**
 * What `until=`, `label=` and `label!=` say, all of which must be so; of several moments the earliest counts. Throws `usage` for
 * any other filter.
 */
export function chooseNetworks(filters: readonly string[], now: number): (network: NetworkRecord) => boolean {
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
  return ({ createdAt, settings: { labels } }) =>
    createdAt < until &&
    wanted.every((label) => hasLabel(labels, label)) &&
    !unwanted.some((label) => hasLabel(labels, label));
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

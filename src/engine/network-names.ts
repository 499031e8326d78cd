// The networks that containers are in, for those who ask about many containers: one look at the database.
import type { ContainerRecord } from '../store/containers.ts';
import { listEndpoints } from '../store/endpoints.ts';
import { predefinedNetworks } from '../store/networks.ts';
import type { Store } from '../store/store.ts';

export interface ContainerNetwork {
  readonly id: string;
  readonly name: string;
}

/** In the order of the interfaces; `host` and `none` count as networks, another container's do not, as in Docker. */
export function networksByContainer(
  store: Pick<Store, 'database'>,
): (container: ContainerRecord) => readonly ContainerNetwork[] {
  const known = Map.groupBy(listEndpoints(store), ({ containerId }) => containerId);
  const predefined = predefinedNetworks(store);
  return ({ id, settings }) => {
    const endpoints = known.get(id);
    if (endpoints === undefined) return predefined.filter(({ name }) => name === settings.options.network);
    return [...endpoints]
      .sort((a, b) => a.settings.order - b.settings.order)
      .map(({ networkId, networkName }) => ({ id: networkId, name: networkName }));
  };
}

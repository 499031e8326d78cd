// The networks of one container, with its addresses as they are now: what `inspect` tells.
import { hasProcesses } from '../store/bundles.ts';
import type { ListedContainer } from '../store/containers.ts';
import { endpointsOf } from '../store/endpoints.ts';
import { findNetwork, networkOf } from '../store/networks.ts';
import type { Store } from '../store/store.ts';
import type { InspectedEndpoint } from './inspect/network-settings.ts';
import { endpointId } from './network/inspect.ts';

/** In the order of the interfaces. `host` and `none` count as networks, another container's do not, as in Docker. */
export function inspectedEndpoints(
  store: Pick<Store, 'database'>,
  { record: { id, settings }, state }: ListedContainer,
): InspectedEndpoint[] {
  const isUp = hasProcesses(state);
  const { network } = settings.options;
  const endpoints = endpointsOf(store, id);
  if (endpoints.length === 0 && (network === 'host' || network === 'none')) {
    const { id: networkId } = findNetwork(store, network);
    return [
      {
        id: endpointId({ networkId, containerId: id }),
        network: { id: networkId, name: network, subnets: [] },
        containerId: id,
        isUp,
        aliases: [],
      },
    ];
  }
  return endpoints.map(({ networkId, networkName, settings: { aliases, ip, ip6 }, address4, address6, mac }) => ({
    id: endpointId({ networkId, containerId: id }),
    // It may have been removed since, while the container did not run.
    network: { id: networkId, name: networkName, subnets: networkOf(store, networkId)?.settings.subnets ?? [] },
    containerId: id,
    isUp,
    aliases,
    ip,
    ip6,
    ...(isUp ? { address4, address6, mac } : {}),
  }));
}

// What a container has left on its networks that could not clean up behind itself, because its shim was killed.
import { endpointsOf } from '../../store/endpoints.ts';
import { networkOf } from '../../store/networks.ts';
import { readPorts } from '../../store/ports.ts';
import type { Store } from '../../store/store.ts';
import { removeNames } from './names.ts';
import { unpublishLeft } from './publish.ts';

/** The caller holds the container's bundle, which is still there. What a reboot has taken already is no error. */
export function clearNetworks(store: Store, id: string): void {
  const joined = endpointsOf(store, id).flatMap((endpoint) => {
    const network = networkOf(store, endpoint.networkId);
    return network === undefined ? [] : [{ network, endpoint }];
  });
  for (const { network } of joined) removeNames(store, id, network.id);
  unpublishLeft(store, readPorts(store, id), joined);
}

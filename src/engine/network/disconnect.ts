// A container loses its place in a network (docker network disconnect), and its addresses there.
import { TsdockerError } from '../../error.ts';
import { type ContainerRecord, findContainer } from '../../store/containers.ts';
import { type EndpointRecord, endpointsOf, removeEndpoint } from '../../store/endpoints.ts';
import { findNetwork, networkOf } from '../../store/networks.ts';
import type { Store } from '../../store/store.ts';
import { requireOwnNetwork } from './connect.ts';
import { networkEvent } from './events.ts';
import { heldStill } from './held-still.ts';

/** The network may have been removed: what is left of it in the container goes. Throws `notFound`, and `conflict` where it is not in it. */
export async function disconnectContainer(store: Store, networkName: string, containerName: string): Promise<void> {
  const { record } = findContainer(store, containerName);
  const endpoint = findEndpoint(store, networkName, record);
  const network = networkOf(store, endpoint.networkId);
  await heldStill(store, record, async (isUp) => {
    if (isUp && network !== undefined) {
      const { disconnectRunning } = await import('./attach.ts');
      disconnectRunning(store, record, network);
    }
    removeEndpoint(store, endpoint.networkId, record.id);
  });
  networkEvent(
    store,
    network ?? { id: endpoint.networkId, name: endpoint.networkName, driver: 'bridge' },
    'disconnect',
    record.id,
  );
}

function findEndpoint(store: Store, text: string, record: ContainerRecord): EndpointRecord {
  const endpoints = endpointsOf(store, record.id);
  const named = endpoints.find(({ networkName, networkId }) => networkName === text || networkId === text);
  if (named !== undefined) return named;
  const network = findNetwork(store, text);
  requireOwnNetwork(record, network, 'disconnected from');
  const found = endpoints.find(({ networkId }) => networkId === network.id);
  if (found !== undefined) return found;
  throw new TsdockerError('conflict', `container ${record.name} is not connected to network ${network.name}`, {
    hint: `tsdocker network inspect ${network.name} shows who is`,
  });
}

// A container gets a place in one more network (docker network connect). One that does not run has it from its next start on.
import { TsdockerError } from '../../error.ts';
import { findLink } from '../../network/links/bridge.ts';
import { hasNetworks } from '../../spec/networks.ts';
import { type ContainerRecord, findContainer } from '../../store/containers.ts';
import { addEndpoint, type EndpointSettings, endpointsOf, removeEndpoint } from '../../store/endpoints.ts';
import { findNetwork, type NetworkRecord } from '../../store/networks.ts';
import type { Store } from '../../store/store.ts';
import { networkEvent } from './events.ts';
import { heldStill } from './held-still.ts';
import { requireAddresses } from './require-addresses.ts';
import { hostNameOf } from './wiring.ts';

/** What is asked of the network; aliases are names that were looked at already. */
export type ConnectOptions = Partial<Omit<EndpointSettings, 'order'>>;

/**
 * Returns lines for the administrator. Throws `notFound`, `usage` for what does not fit the network, and `conflict` where the container
 * is in it already, has no network of its own, or wants an address that is taken; it is then as it was.
 */
export async function connectContainer(
  store: Store,
  networkName: string,
  containerName: string,
  options: ConnectOptions = {},
): Promise<readonly string[]> {
  const network = findNetwork(store, networkName);
  const { record } = findContainer(store, containerName);
  requireOwnNetwork(record, network, 'connected to');
  const asked = { aliases: [], ...options };
  requireAddresses(network, asked);
  const advice = await heldStill(store, record, async (isUp) => {
    // A command that was killed on the way has left a record, and no interface.
    if (isUp && findLink(hostNameOf(record.id, network.id)) === undefined) removeEndpoint(store, network.id, record.id);
    const order = Math.max(-1, ...endpointsOf(store, record.id).map(({ settings }) => settings.order)) + 1;
    addEndpoint(store, { networkId: network.id, containerId: record.id, settings: { order, ...asked } });
    if (!isUp) return [];
    try {
      const { connectRunning } = await import('./attach.ts');
      return connectRunning(store, record, network);
    } catch (error) {
      removeEndpoint(store, network.id, record.id);
      throw error;
    }
  });
  networkEvent(store, network, 'connect', record.id);
  return advice;
}

/** Throws `conflict` where the network cannot be joined and left, or the container has none of its own. */
export function requireOwnNetwork(
  { name, settings }: ContainerRecord,
  network: Pick<NetworkRecord, 'name' | 'driver'>,
  verb: 'connected to' | 'disconnected from',
): void {
  const mode = settings.options.network;
  if (network.driver !== 'bridge') {
    throw new TsdockerError('conflict', `a container cannot be ${verb} the network ${network.name}`, {
      hint: `it is made with it: tsdocker run --network ${network.name}`,
    });
  }
  if (hasNetworks(mode)) return;
  const why = mode === 'none' ? 'was made without a network' : 'uses the network of the host or of another container';
  throw new TsdockerError('conflict', `the container ${name} ${why} and cannot be ${verb} ${network.name}`, {
    hint: 'make it anew with --network',
  });
}

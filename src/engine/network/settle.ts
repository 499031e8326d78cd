// The network `bridge` gets its subnet and its bridge's name when it is first used, and not before: only then it matters what the
// host's routes and other stores have taken by now.
import { findLink } from '../../network/links/bridge.ts';
import { listRoutes } from '../../network/links/routes.ts';
import { linkOf, type NetworkRecord, useSubnets, usualLink } from '../../store/networks.ts';
import type { Store } from '../../store/store.ts';
import { underHostLock } from './host-lock.ts';
import { firstFreeSubnet } from './pools.ts';

/** The network with all that it needs to be raised. Throws `conflict` where every subnet is taken. */
export function settled(store: Store, network: NetworkRecord): NetworkRecord {
  if (network.settings.subnets.length > 0 || network.driver !== 'bridge') return network;
  return underHostLock(() =>
    useSubnets(store, network, (others) => ({
      subnets: [firstFreeSubnet(others, listRoutes())],
      link: findLink(usualLink) === undefined ? usualLink : linkOf(network.id),
    })),
  );
}

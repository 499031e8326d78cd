// Removing a network: its record, its bridge, its part of the packet filter and its folder (docker network rm).
import { rmSync } from 'node:fs';
import { TsdockerError } from '../../error.ts';
import { macOf } from '../../network/address.ts';
import { takeRoomAway } from '../../network/coexistence/make-room.ts';
import { findLink, removeLink } from '../../network/links/bridge.ts';
import { listBridges, removeBridge } from '../../network/nftables/bridges.ts';
import { findNetwork, forgetNetwork, isPredefined, type NetworkRecord } from '../../store/networks.ts';
import type { Store } from '../../store/store.ts';
import { networkEvent } from './events.ts';
import { holdersOf } from './holders.ts';
import { underHostLock } from './host-lock.ts';
import { networkFolder } from './names.ts';

/** Throws `notFound`, and `conflict` where containers that run are in it. Those that do not run keep their places in it. */
export function removeNetwork(store: Store, text: string): NetworkRecord {
  const network = findNetwork(store, text);
  if (isPredefined(network.name))
    throw new TsdockerError('conflict', `${network.name} is a pre-defined network and cannot be removed`);
  // The host's lock first, as everywhere. The rest goes before the record: whoever is killed in between leaves a network that is
  // made again when it is needed, and not a bridge that nobody knows of. No container can lease an address meanwhile.
  const removed = underHostLock(() =>
    forgetNetwork(store, network.id, () => {
      refuseUsed(store, network);
      removeFromHost(network);
      rmSync(networkFolder(store, network.id), { recursive: true, force: true });
    }),
  );
  if (removed) networkEvent(store, network, 'destroy');
  return network;
}

function refuseUsed(store: Store, network: NetworkRecord): void {
  const names = holdersOf(store, network.id).map(({ record }) => record.name);
  if (names.length === 0) return;
  const shown = names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
  throw new TsdockerError('conflict', `network ${network.name} has active endpoints: ${shown}`, {
    hint: `stop them, or tsdocker network disconnect ${network.name} ${names[0]}`,
  });
}

/** A bridge of that name that somebody else made, which ours never came to be, stays: ours has a MAC that says so. */
function removeFromHost({ settings: { link, subnets } }: NetworkRecord): void {
  const found = findLink(link);
  if (found !== undefined) {
    if (found.kind !== 'bridge' || found.mac !== macOf(subnets[0]!.gateway)) return;
    removeLink(link);
  }
  removeBridge({ link });
  if (listBridges().length === 0) takeRoomAway();
}

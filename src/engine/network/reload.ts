// What containers need of the host is there: made for one that is about to be connected, and put back for all that run where somebody has
// taken it away, as by a reboot, a flushed packet filter or a bridge that was deleted (`tsdocker network reload`).

import { attachPort } from '../../network/links/attach-port.ts';
import { findLink } from '../../network/links/bridge.ts';
import { ensureRuleset } from '../../network/nftables/ruleset.ts';
import { isUp } from '../../store/bundles.ts';
import { listContainers } from '../../store/containers.ts';
import type { NetworkRecord } from '../../store/networks.ts';
import { readPorts } from '../../store/ports.ts';
import type { Store } from '../../store/store.ts';
import { underHostLock } from './host-lock.ts';
import { joinedOf } from './joined.ts';
import { publishPorts } from './publish.ts';
import { raise } from './raise.ts';
import { hostNameOf, type Joined } from './wiring.ts';

/**
 * Each network is raised unless it is. Where the rules are gone, those of containers that run already are, too, and are put back.
 * Returns lines for the administrator. Throws `conflict` where a link of that name is no bridge of ours.
 */
export function raiseNetworks(store: Store, networks: readonly NetworkRecord[]): readonly string[] {
  const isFlushed = ensureRuleset() === 'made';
  const missing = networks.filter(({ settings }) => isFlushed || findLink(settings.link)?.up !== true);
  const advice = missing.length === 0 ? [] : underHostLock(() => missing.flatMap(raise));
  if (isFlushed) restore(store);
  return advice.map(({ line }) => line);
}

export interface Restored {
  /** Containers that run and have networks. */
  readonly containers: number;
  /** What the administrator has to do. */
  readonly advice: readonly string[];
}

/** Whatever is there already stays as it is. Throws what raising a network throws. */
export function restore(store: Store): Restored {
  ensureRuleset();
  const running = listContainers(store)
    .filter(({ state }) => isUp(state))
    .map(({ record }) => ({ record, joined: joinedOf(store, record) }));
  const affected = running.filter(({ joined }) => joined.length > 0);
  const networks = new Map(
    affected.flatMap(({ joined }) => joined.map(({ network }) => [network.id, network] as const)),
  );
  const advice = underHostLock(() => [...networks.values()].flatMap(raise));
  for (const { record, joined } of affected) {
    attachAll(record.id, joined);
    publishPorts(readPorts(store, record.id), joined);
  }
  return { containers: affected.length, advice: [...new Set(advice.map(({ line }) => line))] };
}

/** A bridge that is made anew has none of its ports any more. */
function attachAll(containerId: string, joined: readonly Joined[]): void {
  for (const { network } of joined) attachPort(hostNameOf(containerId, network.id), network.settings.link);
}

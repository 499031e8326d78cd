// Puts back what running containers need of the host and somebody has taken away: a flushed packet filter, a bridge that was deleted
// (`tsdocker network reload`, and by itself whenever a container starts and finds the rules gone).
import { attachPort } from '../../network/links/attach-port.ts';
import { ensureRuleset } from '../../network/nftables/ruleset.ts';
import { type ListedContainer, listContainers } from '../../store/containers.ts';
import { readPorts } from '../../store/ports.ts';
import type { Store } from '../../store/store.ts';
import { underHostLock } from './host-lock.ts';
import { joinedOf } from './joined.ts';
import { publishPorts } from './publish.ts';
import { raise } from './raise.ts';
import { hostNameOf, type Joined } from './wiring.ts';

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
    .filter(isAlive)
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

const isAlive = ({ state }: ListedContainer): boolean =>
  state.status === 'running' || state.status === 'paused' || state.status === 'restarting';

/** A bridge that is made anew has none of its ports any more. */
function attachAll(containerId: string, joined: readonly Joined[]): void {
  for (const { network } of joined) attachPort(hostNameOf(containerId, network.id), network.settings.link);
}

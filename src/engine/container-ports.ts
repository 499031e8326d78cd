// The ports of a container as they are now: those that the host leads to it, and those that it only tells of.

import { hasNetworks } from '../spec/networks.ts';
import { takeApart } from '../spec/published-ports.ts';
import { hasProcesses } from '../store/bundles.ts';
import type { ListedContainer } from '../store/containers.ts';
import { readPorts } from '../store/ports.ts';
import type { Store } from '../store/store.ts';

export interface ContainerPort {
  /** Of the container. */
  readonly port: number;
  readonly protocol: string;
  /** Neither is there where the port is not published. */
  readonly hostAddress?: string;
  readonly hostPort?: number;
}

/** By their numbers; none, as in Docker, of a container that does not run or has no network of its own. */
export function portsOf(store: Pick<Store, 'paths'>, { record, state }: ListedContainer): ContainerPort[] {
  const { settings, id } = record;
  const isUp = hasProcesses(state);
  if (!isUp || !hasNetworks(settings.options.network)) return [];
  // What is not to be published needs no look at the disk.
  const published: readonly ContainerPort[] = settings.ports.length === 0 ? [] : readPorts(store, id);
  const known = new Set(published.map(({ port, protocol }) => `${port}/${protocol}`));
  const others = settings.exposed.filter((word) => !known.has(word)).map(takeApart);
  return [...published, ...others].sort(byPort);
}

/** As Docker's `ps` sorts them. */
const byPort = (a: ContainerPort, b: ContainerPort): number =>
  a.port - b.port ||
  compare(a.hostAddress ?? '', b.hostAddress ?? '') ||
  (a.hostPort ?? 0) - (b.hostPort ?? 0) ||
  compare(a.protocol, b.protocol);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

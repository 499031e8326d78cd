// Translations of published ports, put into the packet filter and taken away again. Whoever holds the port's socket is right;
// who takes away what a killed shim has left does so only where no container has the port by now.
import { publish, unpublish } from '../../network/nftables/published.ts';
import { listContainers } from '../../store/containers.ts';
import { type HostPort, readPorts } from '../../store/ports.ts';
import type { Store } from '../../store/store.ts';
import { underHostLock } from './host-lock.ts';
import { type Joined, translationsOf } from './wiring.ts';

/** The ports are the container's, and their file is written. */
export function publishPorts(ports: readonly HostPort[], joined: readonly Joined[]): void {
  const { published, relayed6 } = translationsOf(ports, joined);
  if (published.length + relayed6.length > 0) underHostLock(() => publish(published, relayed6));
}

/** What a container has left that could not clean up. Others may have its ports by now: theirs stay. */
export function unpublishLeft(store: Store, ports: readonly HostPort[], joined: readonly Joined[]): void {
  if (ports.length === 0) return;
  underHostLock(() => {
    const taken = new Set(
      listContainers(store)
        .filter(({ state }) => state.status !== 'exited' && state.status !== 'created' && state.status !== 'dead')
        .flatMap(({ record }) => readPorts(store, record.id).map(keyOf)),
    );
    const { published, relayed6 } = translationsOf(
      ports.filter((port) => !taken.has(keyOf(port))),
      joined,
    );
    unpublish(published, relayed6);
  });
}

const keyOf = ({ protocol, hostAddress, hostPort }: HostPort): string => `${protocol} ${hostAddress} ${hostPort}`;

// The events of networks, in Docker's words: create, connect, disconnect, destroy (docker events, "Networks").
import { recordEvent } from '../../store/events.ts';
import type { NetworkRecord } from '../../store/networks.ts';
import type { Store } from '../../store/store.ts';

/** @param containerId Whom it is about, of `connect` and `disconnect`. */
export function networkEvent(
  store: Pick<Store, 'root'>,
  { id, name, driver }: Pick<NetworkRecord, 'id' | 'name' | 'driver'>,
  action: 'create' | 'connect' | 'disconnect' | 'destroy',
  containerId?: string,
): void {
  const container = containerId === undefined ? {} : { container: containerId };
  recordEvent(store, { type: 'network', action, id, attributes: { ...container, name, type: driver } });
}

// Who uses a network now: containers that run, and those that a command is just starting. As in Docker, one that does not run keeps
// nobody from removing a network.
import { kernel } from '../../kernel/index.ts';
import { isUp, lockBundle, readBundleState } from '../../store/bundles.ts';
import { type ContainerRecord, containerOf } from '../../store/containers.ts';
import { type EndpointRecord, endpointsIn } from '../../store/endpoints.ts';
import type { Store } from '../../store/store.ts';

/** Whether a container is up, by what its folder says. */
export const isUpNow = (store: Pick<Store, 'paths'>, id: string): boolean => isUp(readBundleState(store, id));

/**
 * Whether a container may be using its addresses: it is up, or somebody has its bundle. Whoever starts a container leases its addresses
 * while it holds the bundle, whose state says yet that it does not run.
 */
export function isHeld(store: Pick<Store, 'paths'>, id: string): boolean {
  if (isUpNow(store, id)) return true;
  const bundle = lockBundle(store, id);
  if (bundle !== undefined) kernel.close(bundle.descriptor);
  return bundle === undefined && readBundleState(store, id) !== undefined;
}

export interface Holder {
  readonly record: ContainerRecord;
  readonly endpoint: EndpointRecord;
}

/** The containers that are up in a network, by their names. */
export const upIn = (store: Store, networkId: string): Holder[] => choose(store, networkId, isUpNow);

/** The same and those that are being started, made or removed at this moment. */
export const holdersOf = (store: Store, networkId: string): Holder[] => choose(store, networkId, isHeld);

const choose = (store: Store, networkId: string, test: (store: Store, id: string) => boolean): Holder[] =>
  endpointsIn(store, networkId)
    .filter(({ containerId }) => test(store, containerId))
    .flatMap((endpoint) => {
      const record = containerOf(store, endpoint.containerId);
      return record === undefined ? [] : [{ record, endpoint }];
    })
    .sort((a, b) => (a.record.name < b.record.name ? -1 : 1));

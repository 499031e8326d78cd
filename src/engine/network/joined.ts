// The networks that a container is in, in their order, and its addresses there.
import type { ContainerRecord } from '../../store/containers.ts';
import { endpointsOf, lease, networkOfEndpoint } from '../../store/endpoints.ts';
import type { Store } from '../../store/store.ts';
import { isHeld } from './holders.ts';
import { settled } from './settle.ts';
import type { Joined } from './wiring.ts';

/** Throws `notFound` where a network was removed meanwhile. */
export const joinedOf = (store: Store, { id }: Pick<ContainerRecord, 'id'>): Joined[] =>
  endpointsOf(store, id).map((endpoint) => ({ network: networkOfEndpoint(store, endpoint), endpoint }));

/** Gives the container its addresses, where it has none yet. Throws `conflict` where there is none to be had. */
export const leaseAll = (store: Store, { id }: Pick<ContainerRecord, 'id'>, joined: readonly Joined[]): Joined[] =>
  joined.map(({ network }) => {
    const whole = settled(store, network);
    return { network: whole, endpoint: lease(store, whole, id, (other) => isHeld(store, other)) };
  });

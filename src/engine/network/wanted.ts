// The networks that a new container asks for, found and looked at before anything of it is made.
import { TsdockerError } from '../../error.ts';
import { networksOf } from '../../spec/networks.ts';
import type { RunOptions } from '../../spec/run-options.ts';
import type { EndpointRecord } from '../../store/endpoints.ts';
import { findNetwork } from '../../store/networks.ts';
import type { Store } from '../../store/store.ts';
import { requireAddresses } from './require-addresses.ts';

export type WantedEndpoint = Pick<EndpointRecord, 'networkId' | 'settings'>;

/** Throws `notFound`, and `usage` for an address that a network cannot give, or a network that is named twice. */
export function wantedEndpoints(store: Store, { network }: Pick<RunOptions, 'network'>): WantedEndpoint[] {
  const seen = new Set<string>();
  return networksOf(network).map(({ name, ...asked }, order) => {
    const found = findNetwork(store, name);
    if (seen.has(found.id)) throw new TsdockerError('usage', `the network ${found.name} is named twice`);
    seen.add(found.id);
    if (found.driver !== 'bridge') {
      throw new TsdockerError('usage', `the network ${found.name} cannot be joined together with others`, {
        hint: `--network ${found.name} alone`,
      });
    }
    requireAddresses(found, asked);
    return { networkId: found.id, settings: { order, ...asked } };
  });
}

// What kind of network a container has, for those who ask only that. Pure.
import type { NetworkMode, NetworkOption } from './run-options.ts';

/** The networks that a container is to be in; none where it shares another's network, or has nothing but loopback. */
export function networksOf(network: NetworkMode): readonly NetworkOption[] {
  if (network === 'default') return [{ name: defaultNetwork, aliases: [] }];
  return typeof network === 'object' && 'names' in network ? network.names : [];
}

export const defaultNetwork = 'bridge';

/** The name or id of the container whose network is used; undefined where it is none. */
export const joinedContainer = (network: NetworkMode): string | undefined =>
  typeof network === 'object' && 'container' in network ? network.container : undefined;

/** Whether there are networks with names and addresses of ours: those that can publish ports. */
export const hasNetworks = (network: NetworkMode): boolean => networksOf(network).length > 0;

/** As Docker writes the mode (Engine API 1.41, "HostConfig.NetworkMode"). */
export function networkModeWord(network: NetworkMode): string {
  if (typeof network === 'string') return network;
  return 'container' in network ? `container:${network.container}` : (network.names[0]?.name ?? 'none');
}

/** A name that others look up: what the names of the Domain Name System may be, and underscores (RFC 1123, 2.1). */
export const isAlias = (text: string): boolean =>
  text.length <= 253 && /^[a-zA-Z0-9_][a-zA-Z0-9_-]{0,62}(\.[a-zA-Z0-9_][a-zA-Z0-9_-]{0,62})*$/.test(text);

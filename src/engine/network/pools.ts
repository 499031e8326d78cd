// Subnets for networks whose creator names none, as Docker chooses them: the first of its default pools that nothing of this host
// has; for IPv6 one that is random enough to be nobody else's (RFC 4193). Pure.
import { TsdockerError } from '../../error.ts';
import { addressText, nthAddress, overlaps, parseSubnet, type Subnet } from '../../network/address.ts';
import type { NetworkRecord, NetworkSubnet } from '../../store/networks.ts';

/** What a route of the host leads to: `192.0.2.0/24`. */
export interface HostRoute {
  readonly destination: string;
}

/** 172.17.0.0/16 to 172.31.0.0/16, then 192.168.0.0/20 to 192.168.240.0/20. */
const pools: readonly string[] = [
  ...Array.from({ length: 15 }, (_, index) => `172.${17 + index}.0.0/16`),
  ...Array.from({ length: 16 }, (_, index) => `192.168.${16 * index}.0/20`),
];

/** A route so wide, such as the default route or the halves of one that some VPNs set, says nothing about what is in use. */
const widest = 8;

/** The subnets that routes of the host lead to. */
export const routedSubnets = (routes: readonly HostRoute[]): Subnet[] =>
  routes.map(({ destination }) => parseSubnet(destination)).filter(({ prefix }) => prefix >= widest);

export const subnetsOf = (networks: readonly NetworkRecord[]): string[] =>
  networks.flatMap(({ settings }) => settings.subnets.map(({ subnet }) => subnet));

/** With its first address for the gateway. Throws `conflict` where all are taken. */
export function firstFreeSubnet(others: readonly NetworkRecord[], routes: readonly HostRoute[]): NetworkSubnet {
  const taken = [...subnetsOf(others).map(parseSubnet), ...routedSubnets(routes)];
  const free = pools.find((pool) => !taken.some((each) => overlaps(pool, each)));
  if (free !== undefined) return withGateway(free);
  throw new TsdockerError('conflict', 'all the subnets that networks are given by default are taken', {
    hint: 'remove networks that are not needed, or choose one with --subnet',
  });
}

/** A /64 of its own. @param random 5 bytes, the global id (RFC 4193, 3.2). */
export function uniqueLocalSubnet(random: Uint8Array): NetworkSubnet {
  const bytes = new Uint8Array(16);
  bytes[0] = 0xfd;
  bytes.set(random.subarray(0, 5), 1);
  return withGateway(`${addressText(bytes)}/64`);
}

const withGateway = (subnet: string): NetworkSubnet => ({ subnet, gateway: nthAddress(subnet, 1n) });

// What a container's endpoints come to: interfaces, names, translations. Pure; start, connect, disconnect, rename and reload all
// go by it.
import { familyOf, parseSubnet } from '../../network/address.ts';
import type { Published } from '../../network/nftables/published.ts';
import type { ContainerRecord } from '../../store/containers.ts';
import type { EndpointRecord } from '../../store/endpoints.ts';
import type { NetworkRecord } from '../../store/networks.ts';
import type { HostPort } from '../../store/ports.ts';

/** A network that a container is in. */
export interface Joined {
  readonly network: NetworkRecord;
  /** With its addresses. */
  readonly endpoint: EndpointRecord;
}

/** One end of a veth pair in the container, the other one on a bridge. */
export interface Interface {
  /** The end on the host. */
  readonly hostName: string;
  readonly bridge: string;
  readonly mac: string;
  /** With their prefixes: `172.18.0.2/16`. */
  readonly addresses: readonly string[];
  /** Where everything else goes; at most one a family. */
  readonly gateways: readonly string[];
  readonly mtu?: number;
}

/** The name on the host of the interface that joins a container and a network: the same whenever it is asked for. */
export const hostNameOf = (containerId: string, networkId: string): string =>
  `tsv${[...containerId.slice(0, 12)]
    .map((digit, index) => (Number.parseInt(digit, 16) ^ Number.parseInt(networkId[index]!, 16)).toString(16))
    .join('')}`;

export const addressesOf = ({ address4, address6 }: EndpointRecord): string[] =>
  [address4, address6].filter((address) => address !== undefined);

/** The default route leads through the first network that leads anywhere. */
export const wayOut = (joined: readonly Joined[]): Joined | undefined =>
  joined.find(({ network }) => !network.settings.internal);

export function interfaceOf(containerId: string, each: Joined, isWayOut: boolean): Interface {
  const { network, endpoint } = each;
  const { subnets, link, mtu } = network.settings;
  const prefixes = new Map(
    subnets.map(({ subnet }) => {
      const { family, prefix } = parseSubnet(subnet);
      return [family, prefix] as const;
    }),
  );
  const addresses = addressesOf(endpoint).map((address) => `${address}/${prefixes.get(familyOf(address))}`);
  return {
    hostName: hostNameOf(containerId, network.id),
    bridge: link,
    mac: endpoint.mac!,
    addresses,
    gateways: isWayOut ? subnets.map(({ gateway }) => gateway) : [],
    ...(mtu === undefined ? {} : { mtu }),
  };
}

/** The network `bridge` has no names, as in Docker. */
export const hasNames = ({ name }: NetworkRecord): boolean => name !== 'bridge';

/** What can stand in hosts(5): a host name is what its user wants, and might be a line of its own. */
const isName = (text: string): boolean => /^[\w.-]+$/.test(text);

/** A line of hosts(5) an address, for the resolvers of the network's other containers. The first name is what an address is called. */
export function namesText({ id, name, settings: { options } }: ContainerRecord, { network, endpoint }: Joined): string {
  const { hostname } = options;
  const names = [
    `${name}.${network.name}`,
    name,
    ...endpoint.settings.aliases,
    id.slice(0, 12),
    ...(hostname === undefined ? [] : [hostname]),
  ];
  return addressesOf(endpoint)
    .map((address) => `${address}\t${[...new Set(names)].filter(isName).join(' ')}\n`)
    .join('');
}

/** What becomes of one reserved port. */
export interface Way {
  /** Where the container is reached by the relay; undefined where it is in no network that could be. */
  readonly target: string | undefined;
  /** What the kernel translates. */
  readonly published: Published | undefined;
  /** The relay serves strangers, too: clients of IPv6 whose container has only IPv4. */
  readonly isRelayed6: boolean;
}

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';
const isIPv6 = (address: string): boolean => address.includes(':');

export function wayOf({ protocol, hostAddress, hostPort, port }: HostPort, joined: readonly Joined[]): Way {
  const target = wayOut(joined)?.endpoint;
  const same = isIPv6(hostAddress) ? target?.address6 : target?.address4;
  const other = isIPv6(hostAddress) ? target?.address4 : target?.address6;
  const isAny = hostAddress === '0.0.0.0' || hostAddress === '::';
  return {
    target: same ?? other,
    published:
      same === undefined || isLoopback(hostAddress)
        ? undefined
        : { protocol, hostPort, address: same, port, ...(isAny ? {} : { hostAddress }) },
    isRelayed6: same === undefined && other !== undefined && isIPv6(hostAddress) && !isLoopback(hostAddress),
  };
}

export interface Translations {
  readonly published: readonly Published[];
  readonly relayed6: readonly { readonly protocol: 'tcp' | 'udp'; readonly port: number }[];
}

export function translationsOf(ports: readonly HostPort[], joined: readonly Joined[]): Translations {
  const ways = ports.map((each) => ({ ...each, way: wayOf(each, joined) }));
  return {
    published: ways.flatMap(({ way }) => (way.published === undefined ? [] : [way.published])),
    relayed6: ways.flatMap(({ way, protocol, hostPort }) => (way.isRelayed6 ? [{ protocol, port: hostPort }] : [])),
  };
}

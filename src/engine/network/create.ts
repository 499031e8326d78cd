// Making a network: all that can be wrong with it is found now, and nothing of the host is touched before a container needs it
// (docker network create --help).
import { TsdockerError } from '../../error.ts';
import { kernel } from '../../kernel/index.ts';
import { findLink } from '../../network/links/bridge.ts';
import { listRoutes } from '../../network/links/routes.ts';
import {
  isPredefined,
  linkOf,
  type NetworkRecord,
  type NetworkSettings,
  newNetworkId,
  recordNetwork,
} from '../../store/networks.ts';
import type { Store } from '../../store/store.ts';
import { bridgeOptions } from './bridge-options.ts';
import { networkEvent } from './events.ts';
import { lacks, planSubnets, refuseOverlap, type WantedSubnets } from './plan-subnets.ts';
import { firstFreeSubnet, uniqueLocalSubnet } from './pools.ts';

export interface NetworkOptions extends Partial<WantedSubnets> {
  readonly name: string;
  /** `bridge`, unless told: the other drivers have one network each, which is there already. */
  readonly driver?: string;
  /** True unless told, or only subnets of IPv6 are named; without it, the network has IPv6 only. */
  readonly ipv4?: boolean;
  /** A subnet of IPv6 says the same. */
  readonly ipv6?: boolean;
  readonly internal?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  /** Of the driver. */
  readonly options?: Readonly<Record<string, string>>;
}

/**
 * Throws `usage` for what makes no sense, `unsupported` for what we do not do, and `conflict` where the name, a subnet or the name of the
 * bridge is taken; nothing is then left.
 */
export function createNetwork(store: Store, options: NetworkOptions): NetworkRecord {
  const { name, driver = 'bridge', labels = {}, internal = false } = options;
  requireName(name);
  requireDriver(driver);
  const wanted = planSubnets({ subnets: [], gateways: [], ipRanges: [], auxAddresses: [], ...options });
  // As podman has it, subnets of IPv6 alone make a network of IPv6 alone; as Docker has it, --ipv6 makes it both.
  const ipv4 = options.ipv4 ?? (options.ipv6 === true || wanted.length === 0 || !lacks(wanted, 4));
  const ipv6 = options.ipv6 === true || !lacks(wanted, 6);
  requireFamily(ipv4, ipv6, options, !lacks(wanted, 4));
  const given = options.options ?? {};
  const { link, mtu } = bridgeOptions(given, ipv6);
  const routes = listRoutes();
  if (link !== undefined && findLink(link) !== undefined)
    throw new TsdockerError('conflict', `this host has an interface ${link} already`, { hint: 'choose another name' });

  const network = recordNetwork(store, (others) => {
    refuseTaken(name, link, others);
    refuseOverlap(wanted, others, routes);
    const id = newNetworkId();
    const settings: NetworkSettings = {
      subnets: [
        ...(ipv4 && lacks(wanted, 4) ? [firstFreeSubnet(others, routes)] : []),
        ...wanted,
        ...(ipv6 && lacks(wanted, 6) ? [uniqueLocalSubnet(kernel.getrandom(5))] : []),
      ],
      internal,
      ipv6,
      labels,
      options: given,
      link: link ?? linkOf(id),
      ...(mtu === undefined ? {} : { mtu }),
    };
    return { id, name, driver: 'bridge', createdAt: Date.now(), settings };
  });
  networkEvent(store, network, 'create');
  return network;
}

/** As for containers; `container:web` and `host` mean something else where networks are named. */
function requireName(name: string): void {
  if (isPredefined(name) || name === 'default')
    throw new TsdockerError('conflict', `operation is not permitted on predefined ${name} network`);
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/.test(name) && name !== 'container') return;
  throw new TsdockerError('usage', `${JSON.stringify(name)} is not a name for a network`, {
    hint: 'letters, digits, _, . and -, at most 128, the first a letter or digit',
  });
}

function requireDriver(driver: string): void {
  if (driver === 'bridge') return;
  if (driver === 'host' || driver === 'null' || driver === 'none') {
    throw new TsdockerError('conflict', `only one instance of "${driver}" network is allowed`, {
      hint: `it is there already: use --network ${driver === 'host' ? 'host' : 'none'}`,
    });
  }
  throw new TsdockerError('unsupported', `there is no network driver ${JSON.stringify(driver)}`, {
    hint: 'networks that are made have the driver bridge',
  });
}

function requireFamily(ipv4: boolean, ipv6: boolean, options: NetworkOptions, hasSubnet4: boolean): void {
  if (!ipv4 && !ipv6)
    throw new TsdockerError('usage', 'a network has IPv4 or IPv6', { hint: 'leave out --ipv4=false, or add --ipv6' });
  if (options.ipv4 === false && hasSubnet4)
    throw new TsdockerError('usage', 'a network without IPv4 has no subnet of IPv4');
}

function refuseTaken(name: string, link: string | undefined, others: readonly NetworkRecord[]): void {
  if (others.some((each) => each.name === name))
    throw new TsdockerError('conflict', `network with name ${name} already exists`);
  const holder = link === undefined ? undefined : others.find(({ settings }) => settings.link === link);
  if (holder !== undefined)
    throw new TsdockerError('conflict', `the bridge name ${link} is taken by the network ${holder.name}`);
}

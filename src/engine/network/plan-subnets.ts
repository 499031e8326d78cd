// From --subnet, --gateway, --ip-range and --aux-address to the subnets of a network (docker network create --help): which of them
// belong together, and whether they make sense. Pure.
import { TsdockerError } from '../../error.ts';
import {
  addressOf,
  canonicalAddress,
  contains,
  familyOf,
  isUsable,
  overlaps,
  parseSubnet,
  type Subnet,
  subnetText,
  usableBounds,
} from '../../network/address.ts';
import type { NetworkRecord, NetworkSubnet } from '../../store/networks.ts';
import { type HostRoute, routedSubnets } from './pools.ts';

export interface WantedSubnets {
  readonly subnets: readonly string[];
  readonly gateways: readonly string[];
  readonly ipRanges: readonly string[];
  /** `NAME=ADDRESS`. */
  readonly auxAddresses: readonly string[];
}

const usage = (message: string, hint?: string): TsdockerError =>
  new TsdockerError('usage', message, hint === undefined ? {} : { hint });

/** Addresses that are nobody's on a network: of no host, of this host, of one link, of groups (RFC 6890). */
const special = ['0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/3', '::/96', 'fe80::/10', 'ff00::/8'];

/** Those that were asked for, the first of IPv4. Throws `usage`, naming what does not fit. */
export function planSubnets({ subnets, gateways, ipRanges, auxAddresses }: WantedSubnets): NetworkSubnet[] {
  const parsed = subnets.map(parseSubnet).sort((a, b) => a.family - b.family);
  if (parsed.length === 0 && gateways.length + ipRanges.length + auxAddresses.length > 0)
    throw usage(
      'every gateway, ip-range and aux-address must have a corresponding subnet',
      'give it one with --subnet',
    );
  for (const subnet of parsed) requireSense(subnet);
  for (const [index, subnet] of parsed.entries()) {
    const other = parsed.slice(0, index).find(({ family }) => family === subnet.family);
    if (other !== undefined) {
      throw usage(
        `a network has one subnet of IPv${subnet.family}, not ${subnetText(other)} and ${subnetText(subnet)}`,
      );
    }
  }
  const ranges = ipRanges.map((text) => ({ text, range: parseSubnet(text) }));
  const auxiliary = auxAddresses.map(splitAuxiliary);
  requireSubnet('gateway', gateways, parsed, contains);
  requireSubnet(
    'ip-range',
    ranges.map(({ range }) => subnetText(range)),
    parsed,
    (subnet, range) => contains(subnet, parseSubnet(range).address) && subnet.prefix <= parseSubnet(range).prefix,
  );
  requireSubnet(
    'aux-address',
    auxiliary.map(({ address }) => address),
    parsed,
    contains,
  );
  return parsed.map((subnet): NetworkSubnet => {
    const gateway = onlyOne(
      'gateway',
      gateways.filter((address) => contains(subnet, address)),
      subnet,
    );
    const range = onlyOne(
      'ip-range',
      ranges.filter(({ range: { address } }) => contains(subnet, address)).map((each) => subnetText(each.range)),
      subnet,
    );
    if (gateway !== undefined && !isUsable(subnet, gateway))
      throw usage(`the gateway ${gateway} is not a host’s address in the subnet ${subnetText(subnet)}`);
    const own = auxiliary.filter(({ address }) => contains(subnet, address));
    const chosen =
      gateway === undefined
        ? freeGateway(
            subnet,
            own.map(({ address }) => address),
          )
        : canonicalAddress(gateway);
    if (own.some(({ address }) => address === chosen))
      throw usage(`the aux-address ${chosen} is the gateway of the subnet ${subnetText(subnet)}`);
    return {
      subnet: subnetText(subnet),
      gateway: chosen,
      ...(range === undefined ? {} : { ipRange: range }),
      ...(own.length === 0
        ? {}
        : { auxAddresses: Object.fromEntries(own.map(({ name, address }) => [name, address])) }),
    };
  });
}

function requireSense(subnet: Subnet): void {
  const text = subnetText(subnet);
  const { first, last } = usableBounds(subnet);
  if (special.some((each) => overlaps(each, subnet))) throw usage(`no network can have the subnet ${text}`);
  if (first === last) throw usage(`the subnet ${text} has no room for a gateway and a container`);
}

/** The lowest address that is no auxiliary one. */
function freeGateway(subnet: Subnet, reserved: readonly string[]): string {
  const { first } = usableBounds(subnet);
  for (let number = first; ; number += 1n) {
    const address = addressOf(number, subnet.family);
    if (!reserved.includes(address)) return address;
  }
}

function splitAuxiliary(text: string): { readonly name: string; readonly address: string } {
  const [, name = '', address = ''] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (name === '') throw usage(`the aux-address ${JSON.stringify(text)} has no name`, 'write it as router=172.28.1.5');
  return { name, address: canonicalAddress(address) };
}

function requireSubnet(
  what: string,
  values: readonly string[],
  subnets: readonly Subnet[],
  fits: (subnet: Subnet, value: string) => boolean,
): void {
  for (const value of values) {
    if (!subnets.some((subnet) => fits(subnet, value)))
      throw usage(
        `no matching subnet for ${what} ${value}`,
        `it must be inside ${subnets.map(subnetText).join(' or ')}`,
      );
  }
}

function onlyOne(what: string, values: readonly string[], subnet: Subnet): string | undefined {
  if (values.length > 1)
    throw usage(`the subnet ${subnetText(subnet)} has one ${what}, not ${values.slice(0, 2).join(' and ')}`);
  return values[0];
}

/**
 * Throws `conflict` where a subnet shares addresses with another network, or with what a route of the host leads to. A route that is wider
 * than the subnet is no conflict: whoever asks for a part of it means that.
 */
export function refuseOverlap(
  subnets: readonly NetworkSubnet[],
  others: readonly NetworkRecord[],
  routes: readonly HostRoute[],
): void {
  for (const { subnet } of subnets) {
    for (const { name, settings } of others) {
      const taken = settings.subnets.find((each) => overlaps(each.subnet, subnet));
      if (taken !== undefined) {
        throw new TsdockerError(
          'conflict',
          `the subnet ${subnet} overlaps with ${taken.subnet} of the network ${name}`,
          { hint: 'choose another one, or leave out --subnet' },
        );
      }
    }
    const { prefix } = parseSubnet(subnet);
    const route = routedSubnets(routes).find((each) => each.prefix >= prefix && overlaps(each, subnet));
    if (route !== undefined) {
      throw new TsdockerError(
        'conflict',
        `the subnet ${subnet} overlaps with ${subnetText(route)}, to which this host has a route`,
        { hint: 'choose another one, or leave out --subnet; ip route shows them' },
      );
    }
  }
}

/** Of a family that is wanted and has no subnet. */
export const lacks = (subnets: readonly NetworkSubnet[], family: 4 | 6): boolean =>
  !subnets.some(({ gateway }) => familyOf(gateway) === family);

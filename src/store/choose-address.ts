// Which address of a subnet a new interface gets: pure, and a matter of steps, not of the subnet's size (an IPv6 subnet has 2^64).
import { TsdockerError } from '../error.ts';
import { addressNumber, addressOf, boundsOf, isUsable, parseSubnet, usableBounds } from '../network/address.ts';
import type { NetworkSubnet } from './networks.ts';

/**
 * The lowest free address, or undefined where none is. The gateway's and the auxiliary addresses never are.
 * @param taken In order, without doubles.
 */
export function freeAddress(subnet: NetworkSubnet, taken: readonly bigint[]): string | undefined {
  const usable = usableBounds(subnet.subnet);
  const range = subnet.ipRange === undefined ? usable : boundsOf(subnet.ipRange);
  const reserved = new Set(reservedIn(subnet));
  const [from = usable.first] = [usable.first, range.first].sort(descending);
  const [last = usable.last] = [range.last, usable.last].sort(descending).reverse();
  let candidate = from;
  for (;;) {
    candidate = firstGap(taken, candidate);
    if (!reserved.has(candidate)) break;
    candidate += 1n;
  }
  return candidate > last ? undefined : addressOf(candidate, parseSubnet(subnet.subnet).family);
}

/** For sort(). Math.max knows no bigint. */
const descending = (a: bigint, b: bigint): number => (a > b ? -1 : Number(a < b));

const reservedIn = ({ gateway, auxAddresses = {} }: NetworkSubnet): bigint[] =>
  [gateway, ...Object.values(auxAddresses)].map(addressNumber);

/** The first number from `from` on that is not taken. Where none is missing, each stands as far behind as it is larger: bisect. */
function firstGap(taken: readonly bigint[], from: bigint): bigint {
  const begin = partition(0, taken.length, (index) => taken[index]! < from);
  const end = partition(begin, taken.length, (index) => taken[index]! === from + BigInt(index - begin));
  return from + BigInt(end - begin);
}

/** The first index of a range for which the condition, which holds up to somewhere and then no more, does not hold. */
function partition(from: number, to: number, holds: (index: number) => boolean): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Throws `usage` for an address that no container of the network may ask for. */
export function checkAddress(subnet: NetworkSubnet, address: string, network: string): void {
  const why = isUsable(subnet.subnet, address)
    ? reservedIn(subnet).includes(addressNumber(address)) && 'is reserved in'
    : 'is not a host’s in';
  if (why !== false)
    throw new TsdockerError(
      'usage',
      `the address ${address} ${why} the subnet ${subnet.subnet} of the network ${network}`,
    );
}

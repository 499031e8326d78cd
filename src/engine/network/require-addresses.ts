// Addresses that somebody asks for in a network: only those that it can give.
import { TsdockerError } from '../../error.ts';
import { canonicalAddress, familyOf } from '../../network/address.ts';
import { checkAddress } from '../../store/choose-address.ts';
import type { NetworkRecord } from '../../store/networks.ts';
import { hasNames } from './wiring.ts';

export interface AskedAddresses {
  readonly aliases: readonly string[];
  readonly ip?: string;
  readonly ip6?: string;
}

/** Throws `usage`; in the words of Docker where it has some. */
export function requireAddresses(network: NetworkRecord, { aliases, ip, ip6 }: AskedAddresses): void {
  if (!hasNames(network)) {
    if (ip !== undefined || ip6 !== undefined)
      throw new TsdockerError('usage', 'user specified IP address is supported on user defined networks only', {
        hint: 'tsdocker network create makes one',
      });
    if (aliases.length > 0)
      throw new TsdockerError(
        'usage',
        'network-scoped alias is supported only for containers in user defined networks',
        { hint: 'tsdocker network create makes one' },
      );
  }
  for (const [address, family] of [
    [ip, 4],
    [ip6, 6],
  ] as const) {
    if (address === undefined) continue;
    const subnet = network.settings.subnets.find(({ gateway }) => familyOf(gateway) === family);
    if (familyOf(address) !== family || subnet === undefined)
      throw new TsdockerError('usage', `the network ${network.name} has no addresses like ${address}`, {
        hint: `tsdocker network inspect ${network.name} shows its subnets`,
      });
    checkAddress(subnet, canonicalAddress(address), network.name);
  }
}

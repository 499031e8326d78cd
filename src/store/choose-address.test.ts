import { expect, test } from 'vitest';
import { addressNumber } from '../network/address.ts';
import { checkAddress, freeAddress } from './choose-address.ts';
import type { NetworkSubnet } from './networks.ts';

/** Leases until there is none left, or `most`. */
function leases(subnet: NetworkSubnet, most: number, taken: bigint[] = []): string[] {
  const given: string[] = [];
  while (given.length < most) {
    const address = freeAddress(subnet, taken);
    if (address === undefined) break;
    given.push(address);
    const number = addressNumber(address);
    const at = taken.findIndex((each) => each > number);
    taken.splice(at < 0 ? taken.length : at, 0, number);
  }
  return given;
}

test.each<[string, NetworkSubnet, readonly string[]]>([
  ['a /30 has one beside the gateway', { subnet: '10.0.0.0/30', gateway: '10.0.0.1' }, ['10.0.0.2']],
  ['a /31 has one beside the gateway', { subnet: '10.0.0.0/31', gateway: '10.0.0.0' }, ['10.0.0.1']],
  [
    'a gateway in the middle is left out',
    { subnet: '10.0.0.0/29', gateway: '10.0.0.3' },
    ['10.0.0.1', '10.0.0.2', '10.0.0.4', '10.0.0.5', '10.0.0.6'],
  ],
  [
    'only the ip-range is given',
    { subnet: '10.0.0.0/16', gateway: '10.0.0.1', ipRange: '10.0.5.0/30' },
    ['10.0.5.0', '10.0.5.1', '10.0.5.2', '10.0.5.3'],
  ],
  [
    'a gateway inside the ip-range is left out',
    { subnet: '10.0.0.0/16', gateway: '10.0.5.1', ipRange: '10.0.5.0/30' },
    ['10.0.5.0', '10.0.5.2', '10.0.5.3'],
  ],
  [
    'the ends of the subnet stay nobody’s where the ip-range reaches them',
    { subnet: '10.0.0.0/29', gateway: '10.0.0.1', ipRange: '10.0.0.4/30' },
    ['10.0.0.4', '10.0.0.5', '10.0.0.6'],
  ],
  [
    'auxiliary addresses are left out',
    { subnet: '10.0.0.0/29', gateway: '10.0.0.1', auxAddresses: { a: '10.0.0.2', b: '10.0.0.5' } },
    ['10.0.0.3', '10.0.0.4', '10.0.0.6'],
  ],
  ['a /126 of IPv6 has no broadcast address', { subnet: 'fd00::/126', gateway: 'fd00::1' }, ['fd00::2', 'fd00::3']],
])('%s', (_, subnet, expected) => expect(leases(subnet, 100)).toEqual(expected));

test('the lowest gap is filled first', () => {
  const subnet = { subnet: '10.0.0.0/24', gateway: '10.0.0.1' };
  const taken = ['10.0.0.2', '10.0.0.3', '10.0.0.5'].map(addressNumber);
  expect(freeAddress(subnet, taken)).toBe('10.0.0.4');
  expect(freeAddress(subnet, ['10.0.0.9'].map(addressNumber))).toBe('10.0.0.2');
});

test('addresses outside the range that somebody asked for are in nobody’s way', () => {
  const subnet = { subnet: '10.0.0.0/16', gateway: '10.0.0.1', ipRange: '10.0.5.0/24' };
  expect(freeAddress(subnet, ['10.0.0.2', '10.0.5.0', '10.0.7.0'].map(addressNumber))).toBe('10.0.5.1');
});

test('a whole /16 is leased, each address once, and an IPv6 /64 is not gone through', () => {
  const most = 2 ** 16 - 3;
  const taken: bigint[] = [];
  const subnet = { subnet: '10.1.0.0/16', gateway: '10.1.0.1' };
  for (let address = freeAddress(subnet, taken); address !== undefined; address = freeAddress(subnet, taken))
    taken.push(addressNumber(address));
  expect(taken).toHaveLength(most);
  expect(new Set(taken).size).toBe(most);
  const wide = { subnet: 'fd00:1::/64', gateway: 'fd00:1::1' };
  const first = addressNumber('fd00:1::');
  expect(
    freeAddress(
      wide,
      Array.from({ length: 65_000 }, (_, index) => first + 2n + BigInt(index)),
    ),
  ).toBe('fd00:1::fdea');
});

test.each([
  ['10.0.0.0', 'is not a host’s in'],
  ['10.0.0.255', 'is not a host’s in'],
  ['10.0.1.1', 'is not a host’s in'],
  ['fd00::1', 'is not a host’s in'],
  ['10.0.0.1', 'is reserved in'],
  ['10.0.0.9', 'is reserved in'],
])('nobody may ask for %s: it %s the subnet', (address, message) => {
  const subnet = { subnet: '10.0.0.0/24', gateway: '10.0.0.1', auxAddresses: { printer: '10.0.0.9' } };
  expect(() => checkAddress(subnet, address, 'web')).toThrow(
    `the address ${address} ${message} the subnet 10.0.0.0/24`,
  );
  expect(() => checkAddress(subnet, '10.0.0.2', 'web')).not.toThrow();
});

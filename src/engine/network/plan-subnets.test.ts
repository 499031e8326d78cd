import { expect, test } from 'vitest';
import type { NetworkRecord } from '../../store/networks.ts';
import { planSubnets, refuseOverlap, type WantedSubnets } from './plan-subnets.ts';

const nothing: WantedSubnets = { subnets: [], gateways: [], ipRanges: [], auxAddresses: [] };
const plan = (wanted: Partial<WantedSubnets>) => planSubnets({ ...nothing, ...wanted });

const network = (name: string, ...subnets: string[]): NetworkRecord => ({
  id: name,
  name,
  driver: 'bridge',
  createdAt: 0,
  settings: {
    subnets: subnets.map((subnet) => ({ subnet, gateway: subnet.split('/')[0]! })),
    internal: false,
    ipv6: false,
    labels: {},
    options: {},
    link: name,
  },
});

test.each<[Partial<WantedSubnets>, readonly object[]]>([
  [{}, []],
  [{ subnets: ['10.0.0.9/24'] }, [{ subnet: '10.0.0.0/24', gateway: '10.0.0.1' }]],
  [{ subnets: ['10.0.0.0/31'] }, [{ subnet: '10.0.0.0/31', gateway: '10.0.0.0' }]],
  [
    { subnets: ['fd00:0::/64', '10.0.0.0/16'], gateways: ['10.0.9.9', 'fd00::0:5'], ipRanges: ['10.0.5.77/24'] },
    [
      { subnet: '10.0.0.0/16', gateway: '10.0.9.9', ipRange: '10.0.5.0/24' },
      { subnet: 'fd00::/64', gateway: 'fd00::5' },
    ],
  ],
  [
    { subnets: ['10.0.0.0/24'], auxAddresses: ['a=10.0.0.1', 'b=10.0.0.2'] },
    [{ subnet: '10.0.0.0/24', gateway: '10.0.0.3', auxAddresses: { a: '10.0.0.1', b: '10.0.0.2' } }],
  ],
])('%o is %o', (wanted, expected) => expect(plan(wanted)).toEqual(expected));

test.each<[Partial<WantedSubnets>, string]>([
  [{ subnets: ['10.0.0.0'] }, '"10.0.0.0" is not a subnet'],
  [{ subnets: ['10.0.0.0/32'] }, 'has no room for a gateway and a container'],
  [{ subnets: ['fd00::/128'] }, 'has no room'],
  [{ subnets: ['0.0.0.0/0'] }, 'no network can have the subnet 0.0.0.0/0'],
  [{ subnets: ['127.5.0.0/16'] }, 'no network can have the subnet 127.5.0.0/16'],
  [{ subnets: ['239.0.0.0/24'] }, 'no network can have the subnet'],
  [{ subnets: ['fe80::/64'] }, 'no network can have the subnet'],
  [{ subnets: ['10.0.0.0/24', '10.0.1.0/24'] }, 'a network has one subnet of IPv4, not 10.0.0.0/24 and 10.0.1.0/24'],
  [{ gateways: ['10.0.0.1'] }, 'must have a corresponding subnet'],
  [{ ipRanges: ['10.0.0.0/25'] }, 'must have a corresponding subnet'],
  [{ subnets: ['10.0.0.0/24'], gateways: ['10.0.1.1'] }, 'no matching subnet for gateway 10.0.1.1'],
  [{ subnets: ['10.0.0.0/24'], gateways: ['10.0.0.255'] }, 'the gateway 10.0.0.255 is not a host’s address'],
  [{ subnets: ['10.0.0.0/24'], gateways: ['10.0.0.0'] }, 'the gateway 10.0.0.0 is not a host’s address'],
  [{ subnets: ['10.0.0.0/24'], gateways: ['10.0.0.1', '10.0.0.2'] }, 'has one gateway, not 10.0.0.1 and 10.0.0.2'],
  [{ subnets: ['10.0.0.0/24'], gateways: ['nonsense'] }, '"nonsense" is not an IP address'],
  [{ subnets: ['10.0.0.0/24'], ipRanges: ['10.0.1.0/25'] }, 'no matching subnet for ip-range 10.0.1.0/25'],
  [{ subnets: ['10.0.0.0/24'], ipRanges: ['10.0.0.0/16'] }, 'no matching subnet for ip-range 10.0.0.0/16'],
  [{ subnets: ['10.0.0.0/24'], ipRanges: ['10.0.0.0/25', '10.0.0.128/25'] }, 'has one ip-range'],
  [{ subnets: ['10.0.0.0/24'], auxAddresses: ['a=10.0.1.1'] }, 'no matching subnet for aux-address 10.0.1.1'],
  [{ subnets: ['10.0.0.0/24'], auxAddresses: ['10.0.0.1'] }, 'has no name'],
  [
    { subnets: ['10.0.0.0/24'], gateways: ['10.0.0.1'], auxAddresses: ['a=10.0.0.1'] },
    'the aux-address 10.0.0.1 is the gateway',
  ],
])('%o is refused: %s', (wanted, message) => expect(() => plan(wanted)).toThrow(message));

const others = [network('front', '10.0.0.0/16'), network('back', '10.9.0.0/24', 'fd00:9::/64')];
const routes = [
  { destination: '0.0.0.0/0' },
  { destination: '10.0.0.0/8' },
  { destination: '192.0.2.0/24' },
  { destination: '::/0' },
  { destination: 'fd00:5::/64' },
];
const refuse = (subnet: string) => () => refuseOverlap([{ subnet, gateway: subnet }], others, routes);

test.each([
  ['10.0.5.0/24', 'the subnet 10.0.5.0/24 overlaps with 10.0.0.0/16 of the network front'],
  ['10.0.0.0/9', 'overlaps with 10.0.0.0/16 of the network front'],
  ['fd00:9::/48', 'overlaps with fd00:9::/64 of the network back'],
  ['192.0.2.0/24', 'overlaps with 192.0.2.0/24, to which this host has a route'],
  ['192.0.0.0/16', 'overlaps with 192.0.2.0/24, to which this host has a route'],
  ['fd00:5::/48', 'overlaps with fd00:5::/64, to which this host has a route'],
])('%s is in the way of others', (subnet, message) => expect(refuse(subnet)).toThrow(message));

test.each(['10.200.0.0/16', '192.0.3.0/24', 'fd00:6::/64', '192.0.2.0/25'])(
  '%s is in nobody’s way: a part of what a wide route leads to may be had',
  (subnet) => expect(refuse(subnet)).not.toThrow(),
);

import { expect, test } from 'vitest';
import type { NetworkRecord } from '../../store/networks.ts';
import { firstFreeSubnet, uniqueLocalSubnet } from './pools.ts';

const networks = (...subnets: string[]): NetworkRecord[] =>
  subnets.map((subnet) => ({
    id: subnet,
    name: subnet,
    driver: 'bridge',
    createdAt: 0,
    settings: { subnets: [{ subnet, gateway: '' }], internal: false, ipv6: false, labels: {}, options: {}, link: '' },
  }));
const routes = (...destinations: string[]) => destinations.map((destination) => ({ destination }));

test.each([
  ['on an empty host', [], [], '172.17.0.0/16', '172.17.0.1'],
  ['beside a docker', [], ['172.17.0.0/16'], '172.18.0.0/16', '172.18.0.1'],
  ['beside a host in the pool', [], ['172.17.3.4/32'], '172.18.0.0/16', '172.18.0.1'],
  ['between networks', ['172.17.0.0/16', '172.19.0.0/24'], ['172.18.0.0/24'], '172.20.0.0/16', '172.20.0.1'],
  ['in a company', [], ['172.16.0.0/12'], '192.168.0.0/20', '192.168.0.1'],
  ['at home', [], ['172.16.0.0/12', '192.168.1.0/24'], '192.168.16.0/20', '192.168.16.1'],
  ['behind default routes', [], ['0.0.0.0/0', '0.0.0.0/1', '128.0.0.0/1', '::/0'], '172.17.0.0/16', '172.17.0.1'],
  ['beside IPv6', ['fd00::/64'], ['fd01::/64'], '172.17.0.0/16', '172.17.0.1'],
])('%s the first free subnet is chosen', (_, others, hostRoutes, subnet, gateway) => {
  expect(firstFreeSubnet(networks(...others), routes(...hostRoutes))).toEqual({ subnet, gateway });
});

test('a host whose private addresses are all in use is told so', () => {
  expect(() => firstFreeSubnet([], routes('172.16.0.0/12', '192.168.0.0/16'))).toThrow('are taken');
});

test('a subnet of IPv6 is a /64 of unique local addresses', () => {
  expect(uniqueLocalSubnet(Uint8Array.of(1, 2, 3, 4, 5))).toEqual({
    subnet: 'fd01:203:405::/64',
    gateway: 'fd01:203:405::1',
  });
});

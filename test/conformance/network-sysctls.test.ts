// The switches of the kernel that make a host forward, in a network namespace of this file's own.
import '../support/own-network.ts';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { enableForwarding } from '../../src/network/sysctls.ts';
import { sh } from '../support/nftables-world.ts';

const read = (name: string): string => readFileSync(`/proc/sys/net/${name}`, 'utf8').trim();
const names = ['uplink', 'deaf', 'router', 'tsd0'];

beforeEach(() => {
  sh('sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0');
  for (const name of names) sh(`ip link add ${name} type bridge && ip link set ${name} up`);
  sh(`sysctl -qw net.ipv6.conf.deaf.accept_ra=0 net.ipv6.conf.router.forwarding=1`);
});
afterEach(() => {
  for (const name of names) sh(`ip link del ${name}`);
});

const acceptRa = (): Record<string, string> =>
  Object.fromEntries([...names, 'default'].map((name) => [name, read(`ipv6/conf/${name}/accept_ra`)]));

test('a network with IPv4 only leaves IPv6 alone', () => {
  const before = acceptRa();
  enableForwarding([4]);
  expect([read('ipv4/ip_forward'), read('ipv6/conf/all/forwarding')]).toEqual(['1', '0']);
  expect(acceptRa()).toEqual(before);
});

test('with IPv6, interfaces that listened to routers still do, and no others', () => {
  enableForwarding([4, 6]);
  expect([read('ipv4/ip_forward'), read('ipv6/conf/all/forwarding')]).toEqual(['1', '1']);
  expect(acceptRa()).toEqual({ uplink: '2', deaf: '0', router: '1', tsd0: '1', default: '1' });
});

test('where the host is a router already, nothing is written', () => {
  sh('sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1');
  const before = acceptRa();
  enableForwarding([4, 6]);
  expect(acceptRa()).toEqual(before);
});

test('the host’s loopback stays closed to neighbours', () => {
  enableForwarding([4, 6]);
  expect([read('ipv4/conf/all/route_localnet'), read('ipv4/conf/uplink/route_localnet')]).toEqual(['0', '0']);
});

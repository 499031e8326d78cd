// What src/network/links says to the kernel, seen by `ip` of iproute2: in network namespaces of each test's own, so that nothing of it
// is ever the host's, and nothing stays.
import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { AF_INET, AT_FDCWD, O_RDONLY, SOCK_DGRAM } from '../../src/kernel/constants.ts';
import { kernel } from '../../src/kernel/index.ts';
import { findLink, listLinks, makeBridge, removeLink } from '../../src/network/links/bridge.ts';
import { inNetworkNamespace } from '../../src/network/links/namespace.ts';
import { listAddresses, listRoutes } from '../../src/network/links/routes.ts';
import { connectVeth, disconnectVeth, raiseLoopback, replaceGateways } from '../../src/network/links/veth.ts';
import { NetworkNamespace } from '../support/network-namespace.ts';

const bridge = { name: 'tsd0', addresses: ['172.31.7.1/24', 'fd00:7::1/64'] };
const veth = (inside: { readonly descriptor: number }) => ({
  hostName: 'tsv1',
  bridge: 'tsd0',
  namespace: inside.descriptor,
  name: 'eth0',
  mac: '02:42:ac:1f:07:02',
  addresses: ['172.31.7.2/24'],
  gateways: ['172.31.7.1'],
});

test('a bridge has its addresses, a MAC that stays, and listens to no router', () => {
  using host = new NetworkNamespace();
  host.in(() => makeBridge({ ...bridge, mtu: 1400 }));
  const [found] = host.ip('addr show tsd0');
  expect(found).toMatchObject({ address: '02:42:ac:1f:07:01', mtu: 1400, flags: expect.arrayContaining(['UP']) });
  const { addr_info: addresses } = found as { addr_info: Record<string, unknown>[] };
  expect(addresses.map(({ local, prefixlen }) => `${local}/${prefixlen}`)).toEqual(
    expect.arrayContaining(bridge.addresses),
  );
  expect(addresses.find(({ local }) => local === 'fd00:7::1')).not.toHaveProperty('tentative');
  expect(host.run('cat /proc/sys/net/ipv6/conf/tsd0/accept_ra')).toBe('0\n');
});

test('a bridge without an IPv6 address has none of the link either', () => {
  using host = new NetworkNamespace();
  host.in(() => makeBridge({ ...bridge, addresses: ['172.31.7.1/24'] }));
  expect(host.run('ip -6 addr show tsd0')).toBe('');
});

test('making a bridge again leaves it as it is, and gives it back what it lost', () => {
  using host = new NetworkNamespace();
  host.in(() => makeBridge(bridge));
  const before = host.in(() => findLink('tsd0'));
  host.run('ip addr del 172.31.7.1/24 dev tsd0; ip link set tsd0 down');
  host.in(() => makeBridge(bridge));
  expect(host.in(() => findLink('tsd0'))).toEqual(before);
  expect(host.in(listAddresses)).toContainEqual({ address: '172.31.7.1/24', link: 'tsd0' });
});

test('a link of the bridge’s name that is no bridge is not touched', () => {
  using host = new NetworkNamespace();
  host.run('ip link add tsd0 type veth peer name other');
  const before = host.ip('addr show tsd0');
  expect(() => host.in(() => makeBridge(bridge))).toThrow(
    expect.objectContaining({ code: 'conflict', message: 'there is a link tsd0 already, and it is not a bridge' }),
  );
  expect(host.ip('addr show tsd0')).toEqual(before);
});

test('a container’s end has its addresses and routes, loopback is up, and the first packet passes', () => {
  using host = new NetworkNamespace();
  using inside = new NetworkNamespace();
  host.in(() => makeBridge(bridge));
  host.in(() => connectVeth({ ...veth(inside), mtu: 1400 }));
  expect(inside.ip('addr show eth0')[0]).toMatchObject({
    address: '02:42:ac:1f:07:02',
    mtu: 1400,
    operstate: 'UP',
    addr_info: [{ local: '172.31.7.2', prefixlen: 24, broadcast: '172.31.7.255' }],
  });
  expect(inside.ip('route show')).toEqual(
    expect.arrayContaining([expect.objectContaining({ dst: 'default', gateway: '172.31.7.1', dev: 'eth0' })]),
  );
  expect(inside.ip('link show lo')[0]).toMatchObject({ flags: expect.arrayContaining(['UP']) });
  expect(inside.run('cat /proc/sys/net/ipv6/conf/eth0/disable_ipv6')).toBe('1\n');
  expect(host.ip('link show tsv1')[0]).toMatchObject({
    master: 'tsd0',
    mtu: 1400,
    linkinfo: { info_slave_data: { state: 'forwarding', hairpin: true } },
  });
  expect(host.run('ip -6 addr show tsv1'), 'no address of the link on the host’s end').toBe('');
});

test('the first packet is not lost, and so does not wait a second for the next', () => {
  using host = new NetworkNamespace();
  for (let round = 0; round < 20; round++) {
    using inside = new NetworkNamespace();
    host.in(() => {
      makeBridge(bridge);
      connectVeth(veth(inside));
    });
    sendOnce(inside, host);
    host.in(() => removeLink('tsd0'));
    host.in(() => disconnectVeth('tsv1'));
  }
});

/** A datagram from inside to the bridge's address has to come without a second try of the question for that one's MAC. */
function sendOnce(inside: NetworkNamespace, host: NetworkNamespace): void {
  inside.in(() => writeFileSync('/proc/sys/net/ipv4/neigh/eth0/retrans_time_ms', '3600000'));
  const to = Uint8Array.of(AF_INET, 0, 0x27, 0x0f, 172, 31, 7, 1, 0, 0, 0, 0, 0, 0, 0, 0);
  const [theirs, ours] = [host, inside].map((place) => place.in(() => kernel.socket(AF_INET, SOCK_DGRAM)));
  try {
    kernel.bind(theirs!, to);
    kernel.connect(ours!, to);
    kernel.send(ours!, Uint8Array.of(1));
    expect(kernel.poll(theirs!, 1, 30_000)).toBe(true);
  } finally {
    kernel.close(theirs!);
    kernel.close(ours!);
  }
}

test('a namespace that a user namespace owns is connected just so', async () => {
  using host = new NetworkNamespace();
  const owner = spawn('unshare', ['--user', '--map-root-user', '--net', 'sh', '-c', 'echo there; read over'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    await new Promise((resolve) => owner.stdout.once('data', resolve));
    const namespace = kernel.openat(AT_FDCWD, `/proc/${owner.pid}/ns/net`, O_RDONLY);
    try {
      host.in(() => makeBridge(bridge));
      host.in(() => connectVeth({ ...veth({ descriptor: namespace }), gateways: ['172.31.7.1'] }));
      const addresses = inNetworkNamespace(namespace, listAddresses);
      expect(addresses.map(({ address }) => address)).toEqual(['127.0.0.1/8', '172.31.7.2/24', '::1/128']);
    } finally {
      kernel.close(namespace);
    }
  } finally {
    owner.stdin.end();
  }
});

test('IPv6 alone is enough, and is usable at once', () => {
  using host = new NetworkNamespace();
  using inside = new NetworkNamespace();
  host.in(() => makeBridge({ name: 'tsd0', addresses: ['fd00:7::1/64'] }));
  host.in(() => connectVeth({ ...veth(inside), addresses: ['fd00:7::2/64'], gateways: ['fd00:7::1'] }));
  inside.run('ping -6 -c 1 -W 5 fd00:7::1');
  expect(inside.ip('-6 route show default')[0]).toMatchObject({ gateway: 'fd00:7::1', dev: 'eth0' });
  expect(inside.ip('-4 addr show eth0')).toEqual([]);
});

test('a second network gets an interface more, and the first keeps the default route', () => {
  using host = new NetworkNamespace();
  using inside = new NetworkNamespace();
  const other = { name: 'tsd-b', addresses: ['172.31.8.1/24', 'fd00:8::1/64'] };
  host.in(() => {
    makeBridge(bridge);
    makeBridge(other);
    connectVeth({
      ...veth(inside),
      addresses: ['172.31.7.2/24', 'fd00:7::2/64'],
      gateways: ['172.31.7.1', 'fd00:7::1'],
    });
    connectVeth({
      ...veth(inside),
      hostName: 'tsv2',
      bridge: 'tsd-b',
      name: 'eth1',
      mac: '02:42:ac:1f:08:02',
      addresses: ['172.31.8.2/24', 'fd00:8::2/64'],
      gateways: [],
    });
  });
  const defaults = () =>
    ['-4', '-6']
      .flatMap((family) => inside.ip(`${family} route show default`))
      .map(({ gateway, dev }) => `${gateway} ${dev}`);
  expect(defaults()).toEqual(['172.31.7.1 eth0', 'fd00:7::1 eth0']);
  replaceGateways(inside.descriptor, ['172.31.8.1', 'fd00:8::1'], 'eth1');
  expect(defaults()).toEqual(['172.31.8.1 eth1', 'fd00:8::1 eth1']);
  replaceGateways(inside.descriptor, ['172.31.8.1'], 'eth1');
  expect(defaults(), 'a family without a gateway has no default route').toEqual(['172.31.8.1 eth1']);
  replaceGateways(inside.descriptor, [], 'eth1');
  expect(defaults()).toEqual([]);
  expect(() => replaceGateways(inside.descriptor, [], 'eth7')).toThrow(/there is no interface eth7/);
});

test('an interface goes with either end, and with its namespace', async () => {
  using host = new NetworkNamespace();
  {
    using inside = new NetworkNamespace();
    host.in(() => makeBridge(bridge));
    host.in(() => connectVeth(veth(inside)));
    expect(host.in(() => disconnectVeth('tsv1'))).toBe(true);
    expect(host.in(() => disconnectVeth('tsv1'))).toBe(false);
    expect(inside.in(() => findLink('eth0'))).toBeUndefined();
    host.in(() => connectVeth(veth(inside)));
  }
  while (host.in(() => findLink('tsv1')) !== undefined) await setTimeout(20);
  expect(host.in(() => removeLink('tsd0'))).toBe(true);
  expect(host.in(() => removeLink('tsd0'))).toBe(false);
});

test.each<[string, Record<string, unknown>, RegExp]>([
  ['no such bridge', { bridge: 'tsd9' }, /^there is no bridge tsd9$/],
  ['a bridge that is none', { bridge: 'lo' }, /^there is no bridge lo$/],
  [
    'a gateway outside',
    { gateways: ['10.9.9.9'] },
    /^adding a default route over 10.9.9.9 failed: ENETUNREACH .*nexthop/i,
  ],
  ['a name that is taken inside', { name: 'lo' }, /^making the interfaces tsv1 and lo failed: EEXIST/],
  [
    'a name that is too long',
    { hostName: 'tsv0123456789abcdef' },
    /^making the interfaces tsv0123456789abcdef and eth0 failed: /,
  ],
  ['an MTU that is too small', { mtu: 20 }, /^making the interfaces tsv1 and eth0 failed: EINVAL /],
])('after %s nothing is left', (_, changed, message) => {
  using host = new NetworkNamespace();
  using inside = new NetworkNamespace();
  host.in(() => makeBridge(bridge));
  const before = [host.in(listLinks), inside.in(listLinks)];
  const open = readdirSync('/proc/self/fd').length;
  expect(() => host.in(() => connectVeth({ ...veth(inside), ...changed }))).toThrow(
    expect.objectContaining({ message: expect.stringMatching(message) }),
  );
  expect([host.in(listLinks), inside.in(listLinks)].map(namesOf)).toEqual(before.map(namesOf));
  expect(readdirSync('/proc/self/fd')).toHaveLength(open);
});

const namesOf = (links: readonly { name: string }[]): string[] => links.map(({ name }) => name);

test('a pair of the container’s last run, whose namespace somebody still holds, gives way', () => {
  using host = new NetworkNamespace();
  using last = new NetworkNamespace();
  using inside = new NetworkNamespace();
  host.in(() => makeBridge(bridge));
  host.in(() => connectVeth(veth(last)));
  host.in(() => connectVeth(veth(inside)));
  expect(inside.ip('link show eth0')).not.toEqual([]);
});

test('a name that is taken on the host stays whose it is', () => {
  using host = new NetworkNamespace();
  using inside = new NetworkNamespace();
  host.in(() => makeBridge(bridge));
  host.run('ip link add tsv1 type bridge');
  const before = host.ip('link show tsv1');
  expect(() => host.in(() => connectVeth(veth(inside)))).toThrow(/EEXIST/);
  expect(host.ip('link show tsv1')).toEqual(before);
});

test('routes, addresses and links are listed, of this namespace and the main table', () => {
  using host = new NetworkNamespace();
  host.run('ip link set lo up; ip route add blackhole 10.66.0.0/16; ip route add 10.67.0.0/16 dev lo table 99');
  host.in(() => makeBridge(bridge));
  host.run(
    'ip route add default via 172.31.7.9; ip route add 10.1.0.0/16 nexthop via 172.31.7.8 nexthop via 172.31.7.9',
  );
  const routes = host.in(listRoutes);
  expect(routes).toEqual(
    expect.arrayContaining([
      { destination: '172.31.7.0/24', link: 'tsd0' },
      { destination: 'fd00:7::/64', link: 'tsd0' },
      { destination: '0.0.0.0/0', link: 'tsd0' },
      { destination: '10.66.0.0/16', link: undefined },
      { destination: '10.1.0.0/16', link: undefined },
    ]),
  );
  expect(routes.map(({ destination }) => destination)).not.toContain('10.67.0.0/16');
  expect(host.in(listAddresses)).toEqual(
    expect.arrayContaining([
      { address: '127.0.0.1/8', link: 'lo' },
      { address: '::1/128', link: 'lo' },
      { address: '172.31.7.1/24', link: 'tsd0' },
    ]),
  );
  expect(host.in(listLinks).map(({ name, kind }) => [name, kind])).toEqual([
    ['lo', undefined],
    ['tsd0', 'bridge'],
  ]);
});

test('loopback alone is up after raiseLoopback', () => {
  using inside = new NetworkNamespace();
  expect(inside.ip('link show lo')[0]).not.toMatchObject({ flags: expect.arrayContaining(['UP']) });
  raiseLoopback(inside.descriptor);
  inside.run('ping -c 1 -W 5 127.0.0.1');
});

// network connect and disconnect, on containers that run and that do not; and the flags that choose addresses and links.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientAddress, hostAddress, type NetworkHost, networkHost } from '../support/network-host.ts';

let world: NetworkHost;
beforeAll(async () => {
  world = await networkHost();
  await world.ok('network', 'create', '--ipv6', '--subnet', '10.1.0.0/16', '--subnet', 'fd00:1::/64', 'red');
  await world.ok('network', 'create', '--subnet', '10.2.0.0/16', 'blue');
  await world.idle('--name', 'in-red', '--network', 'red');
  await world.idle('--name', 'in-blue', '--network', 'blue');
});
afterAll(() => world[Symbol.asyncDispose]());

const reaches = async (from: string, to: string, network: string): Promise<boolean> => {
  const address = await world.addressOf(to, network);
  return (await world.tsdocker('exec', from, 'ping', '-c', '1', '-W', '1', address)).status === 0;
};
const links = async (name: string): Promise<string[]> =>
  [...(await (await world.inside(name)).must('ip', '-o', 'link')).matchAll(/^\d+: ([^:@]+)/gm)].map(
    ([, link]) => link!,
  );

test('a running container is in a network from connect to disconnect', async () => {
  await world.idle('--name', 'moves', '--network', 'red');
  expect([await reaches('moves', 'in-red', 'red'), await reaches('moves', 'in-blue', 'blue')]).toEqual([true, false]);
  expect(await world.ok('network', 'connect', 'blue', 'moves')).toBe('');
  expect(await links('moves')).toEqual(['lo', 'eth0', 'eth1']);
  expect([await reaches('moves', 'in-red', 'red'), await reaches('moves', 'in-blue', 'blue')]).toEqual([true, true]);
  expect(await world.ok('network', 'disconnect', 'red', 'moves')).toBe('');
  expect(await links('moves')).toEqual(['lo', 'eth1']);
  expect([await reaches('moves', 'in-red', 'red'), await reaches('moves', 'in-blue', 'blue')]).toEqual([false, true]);
  // The way out is the network's that is left.
  await using _server = await world.client.serve('serve', 'tcp', '::', '5000', 'client');
  expect(await (await world.inside('moves')).ask('ask', 'tcp', clientAddress, 5000)).toEqual({
    answer: `client ${hostAddress} hello`,
  });
});

test('a container that does not run is in the networks it was connected to when it starts', async () => {
  await world.ok('create', '--name', 'later', '--network', 'red', 'localhost/busybox', 'sleep', '100000');
  await world.ok('network', 'connect', '--ip', '10.2.0.77', 'blue', 'later');
  await world.ok('network', 'disconnect', 'red', 'later');
  await world.ok('start', 'later');
  expect(await world.addressOf('later', 'blue')).toBe('10.2.0.77');
  expect([await reaches('in-blue', 'later', 'blue'), (await links('later')).length]).toEqual([true, 2]);
});

test('what was connected is connected after a restart, with the same addresses', async () => {
  await world.idle('--name', 'again', '--network', 'red');
  await world.ok('network', 'connect', 'blue', 'again');
  const addresses = () =>
    Promise.all([world.addressOf('again', 'red'), world.address6Of('again', 'red'), world.addressOf('again', 'blue')]);
  const before = await addresses();
  await world.ok('restart', '-t', '0', 'again');
  expect(await addresses()).toEqual(before);
  expect([await reaches('in-red', 'again', 'red'), await reaches('in-blue', 'again', 'blue')]).toEqual([true, true]);
});

test('--network twice, with address, alias and mac of each', async () => {
  const mac = '02:42:0a:01:12:34';
  await world.idle(
    ...['--name', 'twice', '--network', `name=red,ip=10.1.0.50,ip6=fd00:1::50,alias=r,mac-address=${mac}`],
    ...['--network', 'name=blue,ip=10.2.0.50,alias=b'],
  );
  const shown = await (await world.inside('twice')).must('ip', 'addr');
  for (const part of ['10.1.0.50/16', 'fd00:1::50/64', '10.2.0.50/16', mac]) expect(shown).toContain(part);
  expect(await (await world.inside('in-red')).ask('resolve', '127.0.0.11', 'A', 'r')).toEqual({ r: ['10.1.0.50'] });
  expect(await (await world.inside('in-blue')).ask('resolve', '127.0.0.11', 'A', 'b')).toEqual({ b: ['10.2.0.50'] });
});

test('--ip, --ip6 and --mac-address are what the interface has', async () => {
  const mac = '02:42:0a:01:43:21';
  await world.idle(
    '--name',
    'chosen',
    '--network',
    'red',
    '--ip',
    '10.1.9.9',
    '--ip6',
    'fd00:1::99',
    '--mac-address',
    mac,
  );
  const shown = await (await world.inside('chosen')).must('ip', 'addr', 'show', 'eth0');
  for (const part of ['10.1.9.9/16', 'fd00:1::99/64', mac]) expect(shown).toContain(part);
  expect(await world.ok('inspect', '-f', '{{.NetworkSettings.Networks.red.MacAddress}}', 'chosen')).toBe(mac);
  expect(await reaches('in-red', 'chosen', 'red')).toBe(true);
});

test('the MTU of a network is that of its bridge and of its containers, and what is larger is refused', async () => {
  await world.ok(
    'network',
    'create',
    '-o',
    'com.docker.network.driver.mtu=1280',
    '--ipv6',
    '--subnet',
    'fd00:4::/64',
    'narrow',
  );
  await world.idle('--name', 'slim', '--network', 'narrow');
  const inside = await world.inside('slim');
  expect(await inside.must('cat', '/proc/sys/net/ipv6/conf/eth0/mtu')).toBe('1280\n');
  expect(await inside.must('ip', 'link', 'show', 'eth0')).toContain('mtu 1280');
  const gateway = await world.ok('inspect', '-f', '{{.NetworkSettings.Networks.narrow.Gateway}}', 'slim');
  const ping = (size: number) => inside.exec('busybox', 'ping', '-c', '1', '-W', '1', '-s', String(size), gateway);
  expect((await ping(1252)).status).toBe(0);
  // A large transfer through it arrives all the same: each side says what fits, and the host what does not.
  await using source = await world.client.serve('source', clientAddress, '6000', '8');
  const sunk = await inside.ask<{ digest: string }>('sink', clientAddress, 6000);
  await source.ended();
  expect(sunk.digest).toBe(source.said());
});

test('--ip-range and --gateway: leases come from the range, and the gateway is the host', async () => {
  await world.ok(
    'network',
    'create',
    '--subnet',
    '10.5.0.0/24',
    '--ip-range',
    '10.5.0.128/28',
    '--gateway',
    '10.5.0.254',
    'ranged',
  );
  const ids = await Promise.all(Array.from({ length: 5 }, () => world.idle('--network', 'ranged')));
  const leased = await Promise.all(ids.map((id) => world.addressOf(id, 'ranged')));
  expect(new Set(leased).size).toBe(5);
  for (const address of leased) {
    const last = Number(address.split('.')[3]);
    expect(address).toMatch(/^10\.5\.0\./);
    expect(last >= 128 && last <= 143).toBe(true);
  }
  expect(await world.ok('exec', ids[0]!, 'ip', 'route')).toContain('default via 10.5.0.254');
  await world.ok('rm', '-f', ...ids);
  await world.ok('network', 'rm', 'ranged');
});

test('a network goes with its bridge, its rules and its routes', async () => {
  const before = await world.state();
  await world.ok('network', 'create', '--ipv6', '--subnet', '10.6.0.0/24', '--subnet', 'fd00:6::/64', 'passing');
  const id = await world.idle('--network', 'passing', '-p', '8600:80');
  const { status, stderr } = await world.tsdocker('network', 'rm', 'passing');
  expect([status, stderr]).toEqual([1, expect.stringMatching(/passing.*(in use|active endpoints)/)]);
  await world.ok('rm', '-f', id);
  expect(await world.ok('network', 'rm', 'passing')).toBe('passing');
  expect(await world.settled(before)).toEqual(before);
});

test('network prune removes what no container is in, and neither the others nor the three that are always there', async () => {
  await world.ok('network', 'create', 'unused');
  expect(await world.ok('network', 'prune', '-f')).toContain('unused');
  const left = (await world.ok('network', 'ls', '--format', '{{.Name}}')).split('\n');
  expect(left).not.toContain('unused');
  expect(left).toEqual(expect.arrayContaining(['bridge', 'host', 'none', 'red', 'blue']));
});

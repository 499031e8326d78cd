// --network host, none and container:…: what is shared and what is not.
import { readlinkSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostAddress, type NetworkHost, networkHost } from '../support/network-host.ts';

let world: NetworkHost;
beforeAll(async () => {
  world = await networkHost();
});
afterAll(() => world[Symbol.asyncDispose]());

const namespaceOf = async (name: string): Promise<string> =>
  readlinkSync(`/proc/${await world.ok('inspect', '-f', '{{.State.Pid}}', name)}/ns/net`);

test('host: the namespace, the addresses and the ports of the host', async () => {
  await world.idle('--name', 'as-host', '--network', 'host');
  expect(await namespaceOf('as-host')).toBe(readlinkSync(`/proc/${world.host.pid}/ns/net`));
  expect(await world.ok('exec', 'as-host', 'ip', 'addr')).toContain(hostAddress);
  await world.ok('exec', '-d', 'as-host', 'httpd', '-f', '-p', '8080', '-h', '/');
  expect(await world.ok('inspect', '-f', '{{json .NetworkSettings.Networks}}', 'as-host')).toContain('"host"');
});

test('none: a loopback and nothing else', async () => {
  const links = await world.ok('run', '--rm', '--network', 'none', 'localhost/busybox', 'ip', '-o', 'link');
  expect(links.split('\n')).toHaveLength(1);
  expect(links).toMatch(/: lo: <LOOPBACK,UP/);
});

test('container:NAME shares namespace, addresses, localhost, names and files', async () => {
  await world.ok('network', 'create', 'shared');
  await world.idle('--name', 'first', '--network', 'shared', '-p', '8090:80');
  await world.idle('--name', 'second', '--network', 'container:first');
  expect(await namespaceOf('second')).toBe(await namespaceOf('first'));
  await using _server = await (await world.inside('first')).serve('serve', 'tcp', '127.0.0.1', '4000', 'first');
  expect((await (await world.inside('second')).ask('ask', 'tcp', '127.0.0.1', 4000)).answer).toMatch(/^first/);
  for (const file of ['/etc/hosts', '/etc/resolv.conf', '/etc/hostname'])
    expect(await world.ok('exec', 'second', 'cat', file)).toBe(await world.ok('exec', 'first', 'cat', file));
  expect(await world.ok('exec', 'second', 'hostname')).toBe(await world.ok('exec', 'first', 'hostname'));
  // What the first has published is reached in the second too.
  await using _other = await (await world.inside('second')).serve('serve', 'tcp', '::', '80', 'second');
  expect((await world.client.ask('ask', 'tcp', hostAddress, 8090)).answer).toMatch(/^second/);
});

test('container: of one that does not run, or with flags that make no sense, is refused', async () => {
  await world.ok('create', '--name', 'asleep', 'localhost/busybox', 'true');
  const run = (...flags: string[]) => world.tsdocker('run', '--rm', ...flags, 'localhost/busybox', 'true');
  const outcomes = await Promise.all([
    run('--network', 'container:asleep'),
    run('--network', 'container:nobody'),
    run('--network', 'container:asleep', '-p', '80:80'),
    run('--network', 'container:asleep', '--hostname', 'x'),
    run('--network', 'container:asleep', '--dns', '192.0.2.1'),
    run('--network', 'host', '--mac-address', '02:00:00:00:00:01'),
    run('--network', 'none', '--ip', '10.0.0.1'),
  ]);
  for (const { status, stderr } of outcomes) {
    expect(stderr).toMatch(/^tsdocker: [^\n]+\n( {2}hint: [^\n]+\n)?$/);
    expect(status).toBe(125);
  }
});

test('a container of a user namespace has its own network, with the same reach as any other', async () => {
  await world.ok('network', 'create', '--ipv6', '--subnet', '10.7.0.0/16', '--subnet', 'fd00:7::/64', 'mapped');
  const maps = ['--uidmap', '0:100000:65536', '--gidmap', '0:100000:65536'];
  await world.idle('--name', 'peer', '--network', 'mapped');
  await world.idle('--name', 'map', ...maps, '--network', 'mapped', '-p', '8111:80');
  const script = 'mkdir /tmp/w && echo mapped >/tmp/w/index.html && httpd -p 80 -h /tmp/w && ip addr';
  const seen = await world.ok('exec', 'map', 'sh', '-c', script);
  expect(seen).toContain(await world.addressOf('map', 'mapped'));
  expect(seen).toContain(await world.address6Of('map', 'mapped'));
  for (const [place, address] of [
    [world.client, hostAddress],
    [world.host, '127.0.0.1'],
    [world.host, '::1'],
    [world.six, '2001:db8:1::2'],
  ] as const)
    expect(await place.ask('get', address, 8111)).toEqual({ answer: 'mapped' });
  const asked = await (await world.inside('map')).ask('resolve', '127.0.0.11', 'A', 'peer');
  expect(asked).toEqual({ peer: [await world.addressOf('peer', 'mapped')] });
  // Its root is root of its own network only.
  expect((await world.tsdocker('exec', 'map', 'cat', '/proc/1/net/dev')).stdout).not.toContain('tsd');
});

// /etc/hosts, /etc/resolv.conf and /etc/hostname of a container, and the flags that change them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type NetworkHost, networkHost } from '../support/network-host.ts';

let world: NetworkHost;
beforeAll(async () => {
  world = await networkHost();
  await world.ok('network', 'create', '--ipv6', '--subnet', '10.1.0.0/16', '--subnet', 'fd00:1::/64', 'red');
});
afterAll(() => world[Symbol.asyncDispose]());

const show = (path: string, ...flags: string[]): Promise<string> =>
  world.ok('run', '--rm', ...flags, 'localhost/busybox', 'cat', path);

/** The names that a line of hosts(5) gives to each address. */
const namesIn = (text: string): Record<string, string[]> =>
  Object.fromEntries(
    text
      .split('\n')
      .map((line) => line.replace(/#.*/, '').trim().split(/\s+/))
      .filter(([address]) => address !== undefined && address !== '')
      .map(([address, ...names]) => [address, names]),
  );

test('the hostname is the short id, or what --hostname says, and /etc/hosts has it beside the address', async () => {
  const id = await world.idle('--name', 'plain');
  expect(await world.ok('exec', 'plain', 'cat', '/etc/hostname')).toBe(id.slice(0, 12));
  const hosts = namesIn(await world.ok('exec', 'plain', 'cat', '/etc/hosts'));
  expect(hosts[await world.addressOf('plain')]).toEqual([id.slice(0, 12)]);
  expect(hosts['127.0.0.1']).toContain('localhost');
  expect(hosts['::1']).toContain('localhost');

  await world.idle('--name', 'named', '--hostname', 'web.example.com', '--network', 'red');
  const named = namesIn(await world.ok('exec', 'named', 'cat', '/etc/hosts'));
  expect(named[await world.addressOf('named', 'red')]?.[0]).toBe('web.example.com');
  expect(named[await world.address6Of('named', 'red')]?.[0]).toBe('web.example.com');
});

test('--add-host adds lines, and host-gateway is where the host is reached', async () => {
  const flags = [
    '--add-host',
    'db.test:192.0.2.5',
    '--add-host',
    'six.test:2001:db8::5',
    '--add-host',
    'host.test:host-gateway',
  ];
  await world.idle('--name', 'added', ...flags);
  const hosts = namesIn(await world.ok('exec', 'added', 'cat', '/etc/hosts'));
  expect(hosts['192.0.2.5']).toEqual(['db.test']);
  expect(hosts['2001:db8::5']).toEqual(['six.test']);
  const gateway = Object.entries(hosts).find(([, names]) => names.includes('host.test'))![0];
  await using _server = await world.host.serve('serve', 'tcp', '0.0.0.0', '9000', 'the host');
  expect((await (await world.inside('added')).ask('ask', 'tcp', gateway, 9000)).answer).toMatch(/^the host/);
});

test('connect and disconnect are followed by the files of a running container', async () => {
  await world.idle('--name', 'moving', '--hostname', 'moving-host');
  const addresses = async (): Promise<string[]> =>
    Object.entries(namesIn(await world.ok('exec', 'moving', 'cat', '/etc/hosts'))).flatMap(([address, names]) =>
      names.includes('moving-host') ? [address] : [],
    );
  const first = await world.addressOf('moving');
  expect(await addresses()).toEqual([first]);
  await world.ok('network', 'connect', 'red', 'moving');
  const more = [await world.addressOf('moving', 'red'), await world.address6Of('moving', 'red')];
  expect((await addresses()).sort()).toEqual([first, ...more].sort());
  expect(await world.ok('exec', 'moving', 'cat', '/etc/resolv.conf')).toContain('nameserver 127.0.0.11');
  await world.ok('network', 'disconnect', 'red', 'moving');
  expect(await addresses()).toEqual([first]);
});

test('resolv.conf has the servers of the host on the default network, and ours on others', async () => {
  writeFileSync(
    join(world.folder, 'resolv.conf'),
    'nameserver 192.0.2.10\nsearch example.com corp.test\noptions ndots:2\n',
  );
  const plain = await show('/etc/resolv.conf');
  expect(plain).toMatch(/^nameserver 192\.0\.2\.10$/m);
  expect(plain).toMatch(/^search example\.com corp\.test$/m);
  expect(plain).toMatch(/^options ndots:2$/m);
  const red = await show('/etc/resolv.conf', '--network', 'red');
  expect(red).toMatch(/^nameserver 127\.0\.0\.11$/m);
  expect(red.match(/^nameserver /gm)).toHaveLength(1);
  expect(red).toMatch(/^search example\.com corp\.test$/m);
  // Docker adds ndots:0 where nothing else was said.
  expect(red).toMatch(/^options .*ndots:2/m);
});

test('servers of the host’s loopback are not given to a container, for there is nobody there', async () => {
  writeFileSync(join(world.folder, 'resolv.conf'), 'nameserver 127.0.0.53\nnameserver 192.0.2.10\n');
  const plain = await show('/etc/resolv.conf');
  expect(plain).not.toContain('127.0.0.53');
  expect(plain).toMatch(/^nameserver 192\.0\.2\.10$/m);
});

test('--dns, --dns-search and --dns-option are what the file says', async () => {
  const flags = ['--dns', '192.0.2.53', '--dns', '2001:db8::53', '--dns-search', 'a.test', '--dns-option', 'timeout:1'];
  expect(
    (await show('/etc/resolv.conf', ...flags))
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .sort(),
  ).toEqual(['nameserver 192.0.2.53', 'nameserver 2001:db8::53', 'options timeout:1', 'search a.test'].sort());
  const red = await show('/etc/resolv.conf', '--network', 'red', ...flags);
  expect(red).toMatch(/^nameserver 127\.0\.0\.11$/m);
  expect(red).toMatch(/^search a\.test$/m);
  expect(red).toMatch(/^options .*timeout:1/m);
  expect(await show('/etc/resolv.conf', '--dns-search', '.')).not.toMatch(/^search/m);
});

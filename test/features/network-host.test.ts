// The world in which networks are tested is as it is drawn in test/support/network-host.ts, and nothing of it stays.
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { clientAddress, hostAddress, hostAddress6, networkHost } from '../support/network-host.ts';

test('stations reach the host and see their own address there, and containers run on it', async () => {
  await using world = await networkHost();
  const { host, client, six, far, neighbour } = world;
  await using _tcp = await host.serve('serve', 'tcp', '::', '5000', 'host');
  await using _udp = await host.serve('serve', 'udp', '::', '5000', 'host');
  for (const protocol of ['tcp', 'udp']) {
    const ask = async (from: typeof client, to: string) => (await from.ask('ask', protocol, to, 5000)).answer;
    expect(await ask(client, hostAddress)).toBe(`host ${clientAddress} hello`);
    expect(await ask(client, hostAddress6)).toBe('host 2001:db8:1::10 hello');
    expect(await ask(six, hostAddress6)).toBe('host 2001:db8:1::66 hello');
    expect(await ask(far, hostAddress)).toBe('host 198.51.100.10 hello');
    expect(await ask(far, hostAddress6)).toBe('host 2001:db8:2::10 hello');
    expect(await ask(neighbour, hostAddress)).toBe('host 192.0.2.66 hello');
  }
  expect(await client.ask('ask', 'tcp', hostAddress, 5001)).toEqual({ error: 'ECONNREFUSED' });
  expect(await client.ask('ask', 'udp', hostAddress, 5001)).toEqual({ error: 'ECONNREFUSED' });
  const found = await client.ask('probe', 'tcp', hostAddress, '4999-5001');
  expect(found).toEqual({ open: [5000], refused: [4999, 5001], silent: [] });
  expect(
    (await host.must('ls', '/sys/class/net'))
      .split('\n')
      .filter((name) => name !== '')
      .sort(),
  ).toEqual(['eth0', 'lo']);
  expect(await host.must('cat', '/etc/resolv.conf')).toBe(`nameserver ${clientAddress}\n`);
  const groups = await host.must('ls', '/sys/fs/cgroup');
  expect(groups).not.toBe('');
  expect(await world.ok('run', '--rm', '--network', 'none', 'localhost/busybox', 'echo', 'hello')).toBe('hello');
});

test('a name server outside is asked, and says what it was asked for', async () => {
  await using world = await networkHost();
  await using upstream = await world.client.serve('upstream', clientAddress);
  const answers = await world.host.ask(
    'resolve',
    clientAddress,
    'A',
    'a.example.com',
    'missing.example.com',
    'long.example.com',
  );
  expect(answers).toEqual({
    'a.example.com': ['203.0.113.7'],
    'missing.example.com': 'ENOTFOUND',
    'long.example.com': expect.arrayContaining(['203.0.113.7', '203.0.113.106']),
  });
  expect(upstream.said().split('\n')).toEqual(expect.arrayContaining(['a.example.com', 'missing.example.com']));
});

test('many connections and many bytes are counted', async () => {
  await using world = await networkHost();
  const page = `require('node:http').createServer((_, r) => r.end('a page')).listen(80, '::', () => console.log('ready'))`;
  await using _page = await world.host.start(process.execPath, '-e', page);
  expect(await world.client.ask('get', hostAddress6, 80)).toEqual({ answer: 'a page' });
  expect(await world.client.ask('many', hostAddress, 80, 200, 20)).toEqual({ done: 200, failures: {} });
  expect(await world.client.ask('many', hostAddress, 81, 2, 1)).toEqual({ done: 0, failures: { ECONNREFUSED: 2 } });
  await using source = await world.host.serve('source', '::', '6000', '8');
  const { bytes, digest } = await world.client.ask<{ bytes: number; digest: string }>('sink', hostAddress, 6000);
  expect(await source.ended()).toBe(0);
  expect({ bytes, digest }).toEqual({ bytes: 8 * 2 ** 20, digest: source.said() });
});

test('nothing of it stays: no process, no namespace, no mount, no folder', async () => {
  const world = await networkHost();
  const stations = [world.host, world.client, world.six, world.neighbour, world.router, world.far];
  const namespace = readlinkSync(`/proc/${world.host.pid}/ns/net`);
  await world.ok('run', '-d', '--network', 'none', 'localhost/busybox', 'sleep', '1000');
  await world[Symbol.asyncDispose]();
  expect(stations.filter(({ pid }) => existsSync(`/proc/${pid}/ns/net`))).toEqual([]);
  expect(existsSync(world.folder)).toBe(false);
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(world.folder);
  expect(readlinkSync('/proc/self/ns/net')).not.toBe(namespace);
});

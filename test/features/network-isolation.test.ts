// What does not pass: between networks, to ports that are not published, into and out of an internal network.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientAddress, hostAddress, hostAddress6, type NetworkHost, networkHost } from '../support/network-host.ts';
import type { Running, Station } from '../support/network-station.ts';

let world: NetworkHost;
const inside: Record<string, Station> = {};
const servers: Running[] = [];
const address: Record<string, string> = {};
const address6: Record<string, string> = {};

beforeAll(async () => {
  world = await networkHost();
  const networks: [string, string, ...string[]][] = [
    ['red', '1'],
    ['blue', '2'],
    ['closed', '3', '--internal'],
  ];
  for (const [name, n, ...flags] of networks) {
    const subnets = ['--subnet', `10.${n}.0.0/16`, '--ipv6', '--subnet', `fd00:${n}::/64`];
    await world.ok('network', 'create', ...subnets, ...flags, name);
    for (const number of [1, 2]) {
      const container = `${name}-${number}`;
      await world.idle('--name', container, '--network', name);
      inside[container] = await world.inside(container);
      address[container] = await world.addressOf(container, name);
      address6[container] = await world.address6Of(container, name);
      for (const protocol of ['tcp', 'udp'])
        servers.push(await inside[container].serve('serve', protocol, '::', '5000', container));
    }
  }
  for (const protocol of ['tcp', 'udp'])
    servers.push(await world.client.serve('serve', protocol, '::', '5000', 'client'));
});
afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

const families = ['IPv4', 'IPv6'] as const;
const addressIn = (family: string, name: string): string => (family === 'IPv4' ? address : address6)[name]!;

describe.each(families)('%s', (family) => {
  test.each(['tcp', 'udp'])('containers of one network reach each other by %s', async (protocol) => {
    for (const network of ['red', 'blue', 'closed']) {
      const answer = await inside[`${network}-1`]!.ask('ask', protocol, addressIn(family, `${network}-2`), 5000);
      expect(answer.answer).toMatch(new RegExp(`^${network}-2 `));
    }
  });

  test.each(['tcp', 'udp'])('containers of two networks do not, by %s', async (protocol) => {
    const ways = [
      ['red-1', 'blue-1'],
      ['blue-1', 'red-1'],
      ['red-1', 'closed-1'],
      ['closed-1', 'red-1'],
    ] as const;
    const answers = await Promise.all(
      ways.map(([from, to]) => inside[from]!.ask('ask', protocol, addressIn(family, to), 5000)),
    );
    expect(answers.map(({ answer }) => answer)).toEqual(ways.map(() => undefined));
  });

  test('containers of two networks cannot ping each other, those of one can', async () => {
    const ping = async (from: string, to: string): Promise<number | null> =>
      (await inside[from]!.exec('busybox', 'ping', '-c', '1', '-W', '1', addressIn(family, to))).status;
    expect(await Promise.all([ping('red-1', 'red-2'), ping('red-1', 'blue-1'), ping('closed-1', 'red-1')])).toEqual([
      0, 1, 1,
    ]);
  });

  test('a container reaches what is outside, one of an internal network does not', async () => {
    const to = family === 'IPv4' ? clientAddress : '2001:db8:1::10';
    for (const protocol of ['tcp', 'udp']) {
      expect((await inside['red-1']!.ask('ask', protocol, to, 5000)).answer).toMatch(/^client /);
      expect((await inside['closed-1']!.ask('ask', protocol, to, 5000)).answer).toBeUndefined();
    }
  });

  test('the outside sees the host and not the container', async () => {
    const [to, host] = family === 'IPv4' ? [clientAddress, hostAddress] : ['2001:db8:1::10', hostAddress6];
    expect(await inside['red-1']!.ask('ask', 'tcp', to, 5000)).toEqual({ answer: `client ${host} hello` });
  });

  test('a neighbour that sends packets for the containers to the host finds nothing', async () => {
    const asked = ['red-1', 'closed-1'].map((name) => addressIn(family, name));
    for (const to of asked) {
      // The way there is right: without the host's rules they would answer.
      await world.neighbour.must('ip', 'route', 'get', to);
      const found = await world.neighbour.ask<Record<string, number[]>>('probe', 'tcp', to, '22', '80', '4990-5010');
      expect(found.open).toEqual([]);
      expect(found.refused).toEqual([]);
      expect((await world.neighbour.ask('ask', 'udp', to, 5000)).answer).toBeUndefined();
      expect((await world.neighbour.exec('busybox', 'ping', '-c', '1', '-W', '1', to)).status).toBe(1);
    }
  });
});

test('of a network nothing but what is published can be seen from outside', async () => {
  await world.idle('--name', 'published', '--network', 'red', '-p', '8080:5000');
  const own = await world.inside('published');
  await using _server = await own.serve('serve', 'tcp', '::', '5000', 'published');
  await using _other = await own.serve('serve', 'tcp', '::', '5001', 'published');
  const found = await world.client.ask<Record<string, number[]>>(
    'probe',
    'tcp',
    hostAddress,
    '1-1024',
    '4990-5010',
    '8070-8090',
  );
  expect(found.open).toEqual([8080]);
  // Its other ports are shut to who sends packets straight at it, and the published one too: the way in is the host's port.
  const to = await world.addressOf('published', 'red');
  const straight = await world.neighbour.ask<Record<string, number[]>>('probe', 'tcp', to, '4990-5010');
  expect(straight.open).toEqual([]);
});

test('an internal network has no way out at all: no route, no name, and not the host’s addresses', async () => {
  const routes = `${await inside['closed-1']!.must('ip', 'route')}${await inside['closed-1']!.must('ip', '-6', 'route')}`;
  expect(routes).not.toContain('default');
  // With a route made by itself, which takes NET_ADMIN, it is the host that drops.
  await inside['closed-2']!.must('ip', 'route', 'add', 'default', 'via', '10.3.0.1');
  expect((await inside['closed-2']!.ask('ask', 'tcp', clientAddress, 5000)).answer).toBeUndefined();
  expect((await inside['closed-2']!.ask('ask', 'udp', clientAddress, 5000)).answer).toBeUndefined();
  // Nor does a published port of another network let it out of its own.
  await world.idle('--name', 'open', '--network', 'red', '-p', '8181:5000');
  await using _server = await (await world.inside('open')).serve('serve', 'tcp', '::', '5000', 'open');
  expect((await inside['closed-2']!.ask('ask', 'tcp', hostAddress, 8181)).answer).toBeUndefined();
});

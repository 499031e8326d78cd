// --publish: who reaches a container's port through the host, from where, and as whom the container sees them.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  clientAddress,
  clientAddress6,
  hostAddress,
  hostAddress6,
  type NetworkHost,
  networkHost,
} from '../support/network-host.ts';
import { type Answer, type Running, type Station, soon } from '../support/network-station.ts';

let world: NetworkHost;
let gateway: string;
const places: Record<string, Station> = {};
const servers: Running[] = [];

beforeAll(async () => {
  world = await networkHost();
  await world.ok('network', 'create', 'elsewhere');
  await world.ok('network', 'create', '--ipv6', '--subnet', '10.9.0.0/16', '--subnet', 'fd00:9::/64', 'both');
  await world.idle('--name', 'four', '-p', '8080:80', '-p', '8080:80/udp');
  await world.idle('--name', 'six', '--network', 'both', '-p', '8090:80', '-p', '8090:80/udp');
  await world.idle('--name', 'beside');
  await world.idle('--name', 'beside-six', '--network', 'both');
  await world.idle('--name', 'away', '--network', 'elsewhere');
  gateway = await world.ok('inspect', '-f', '{{.NetworkSettings.Networks.bridge.Gateway}}', 'four');
  for (const name of ['four', 'six', 'beside', 'beside-six', 'away']) places[name] = await world.inside(name);
  for (const name of ['host', 'client', 'far', 'neighbour'] as const) places[name] = world[name];
  places['client of IPv6 alone'] = world.six;
  for (const name of ['four', 'six'])
    for (const protocol of ['tcp', 'udp']) servers.push(await places[name]!.serve('serve', protocol, '::', '80', name));
});
afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

const seen = async (name: string, network: string, family: 4 | 6): Promise<string> =>
  family === 4 ? world.addressOf(name, network) : world.address6Of(name, network);

describe.each(['tcp', 'udp'])('%s', (protocol) => {
  /** Who asks, the address that is asked, and as whom the container sees the one who asks. */
  const ways: readonly (readonly [from: string, to: string, as: () => string | Promise<string>])[] = [
    ['client', hostAddress, () => clientAddress],
    ['far', hostAddress, () => '198.51.100.10'],
    ['neighbour', hostAddress, () => '192.0.2.66'],
    ['host', hostAddress, () => hostAddress],
    ['host', '127.0.0.1', () => gateway],
    ['host', '127.3.2.1', () => gateway],
    ['host', '::1', () => gateway],
    ['host', hostAddress6, () => gateway],
    ['client', hostAddress6, () => gateway],
    ['client of IPv6 alone', hostAddress6, () => gateway],
    ['beside', hostAddress, () => gateway],
    ['four', hostAddress, () => gateway],
    ['away', hostAddress, () => seen('away', 'elsewhere', 4)],
  ];
  test.each(ways)('a container of the default network is reached from %s by %s', async (from, to, as) => {
    expect(await places[from]!.ask('ask', protocol, to, 8080, 'hello')).toEqual({ answer: `four ${await as()} hello` });
  });

  const both: typeof ways = [
    ['client', hostAddress, () => clientAddress],
    ['client', hostAddress6, () => clientAddress6],
    ['client of IPv6 alone', hostAddress6, () => '2001:db8:1::66'],
    ['far', hostAddress6, () => '2001:db8:2::10'],
    ['host', hostAddress6, () => hostAddress6],
    ['host', '127.0.0.1', () => '10.9.0.1'],
    ['host', '::1', () => 'fd00:9::1'],
    ['beside-six', hostAddress, () => '10.9.0.1'],
    ['beside-six', hostAddress6, () => 'fd00:9::1'],
    ['six', hostAddress6, () => 'fd00:9::1'],
    ['beside', hostAddress, () => seen('beside', 'bridge', 4)],
  ];
  test.each(both)('a container of a network of both families is reached from %s by %s', async (from, to, as) => {
    expect(await places[from]!.ask('ask', protocol, to, 8090, 'hello')).toEqual({ answer: `six ${await as()} hello` });
  });

  test('a port that is not published is refused by the host', async () => {
    expect(await world.client.ask('ask', protocol, hostAddress, 8081)).toEqual({ error: 'ECONNREFUSED' });
  });
});

test.each(['four', 'six'])('a client by its link-local address reaches the container %s', async (name) => {
  const shown = await world.host.must('ip', '-6', 'addr', 'show', 'eth0', 'scope', 'link');
  const address = /fe80:\S+(?=\/64)/.exec(shown)![0];
  const port = name === 'four' ? 8080 : 8090;
  expect((await world.client.ask('ask', 'tcp', `${address}%eth0`, port)).answer).toMatch(new RegExp(`^${name} `));
});

test('a web server in a container answers from the moment it listens', async () => {
  const script = 'mkdir /www; echo "a page" >/www/index.html; exec httpd -f -h /www';
  await world.ok('run', '-d', '--name', 'web', '-p', '8070:80', 'localhost/busybox', 'sh', '-c', script);
  const page = await soon('the page is there', async () => {
    const { answer } = await world.client.ask('get', hostAddress, 8070);
    return answer;
  });
  expect(page).toBe('a page');
  for (const [place, address] of [
    ['host', '127.0.0.1'],
    ['host', '::1'],
    ['client', hostAddress6],
  ] as const) {
    expect(await places[place]!.ask('get', address, 8070)).toEqual({ answer: 'a page' });
  }
});

test('where nobody listens in the container the client is refused at once, by the relay too', async () => {
  await world.idle('--name', 'deaf', '-p', '8071:80');
  expect(await world.client.ask('ask', 'tcp', hostAddress, 8071)).toEqual({ error: 'ECONNREFUSED' });
  const { answer, error } = await world.host.ask<Answer>('ask', 'tcp', '127.0.0.1', 8071);
  // The relay has accepted before it can know.
  expect(answer ?? '').toBe('');
  expect(error ?? 'ECONNRESET').toBe('ECONNRESET');
});

test('half a connection stays open in the other direction through the relay', async () => {
  // The client ends its half before the server has said anything: what `ask` does with a text of some length.
  const text = 'x'.repeat(3_000_00);
  const { answer } = await world.host.ask<Answer>('ask', 'tcp', '127.0.0.1', 8080, text.slice(0, 100_000));
  expect(answer).toBe(`four ${gateway} ${text.slice(0, 100_000)}`);
});

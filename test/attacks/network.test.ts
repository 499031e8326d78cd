// Containers and neighbours that want more of the network than they were given.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostAddress, hostAddress6, type NetworkHost, networkHost } from '../support/network-host.ts';
import type { Running, Station } from '../support/network-station.ts';

let world: NetworkHost;
let own: Running;
const inside: Record<string, Station> = {};
const start = async (name: string, ...flags: string[]): Promise<void> => {
  await world.idle('--name', name, ...flags);
  inside[name] = await world.inside(name);
};

beforeAll(async () => {
  world = await networkHost();
  await world.ok('network', 'create', '--ipv6', '--subnet', '10.1.0.0/16', '--subnet', 'fd00:1::/64', 'red');
  await world.ok('network', 'create', '--subnet', '10.2.0.0/16', 'blue');
  await start(
    'hostile',
    '--network',
    'red',
    '--cap-add',
    'NET_ADMIN',
    '--sysctl',
    'net.ipv4.conf.all.route_localnet=1',
  );
  await start('victim', '--network', 'red', '-p', '127.0.0.1:8080:80');
  await start('other', '--network', 'blue');
  // What the host keeps to itself.
  own = await world.host.serve('serve', 'tcp', '127.0.0.1', '9999', 'private');
});
afterAll(async () => {
  await own[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

/** Sends what is for 127.0.0.1 to somebody else. */
const towards = (gateway: string): string => `
  echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet
  ip rule add pref 1 to 127.0.0.1 lookup 77 && ip rule del pref 0 && ip rule add pref 2 lookup local &&
  ip route add 127.0.0.1 via ${gateway} dev eth0 table 77`;

const home = 'ip rule del pref 1; ip rule add pref 0 lookup local; ip rule del pref 2';

describe('CVE-2020-8558: services on the host’s loopback', () => {
  test('would be reached by a neighbour if the host were set so', async () => {
    await using _server = await world.router.serve('serve', 'tcp', '127.0.0.1', '9999', 'router');
    await world.router.sh('echo 1 >/proc/sys/net/ipv4/conf/eth0/route_localnet');
    await world.neighbour.sh(towards('192.0.2.1'));
    try {
      expect((await world.neighbour.ask('ask', 'tcp', '127.0.0.1', 9999)).answer).toMatch(/^router/);
    } finally {
      await world.neighbour.sh(`${home}; ip route flush table 77`);
    }
  });

  test('are not reached by a neighbour that sends packets for 127.0.0.1', async () => {
    await world.neighbour.sh(towards(hostAddress));
    try {
      expect((await world.neighbour.ask('ask', 'tcp', '127.0.0.1', 9999)).answer).toBeUndefined();
      // A port published on 127.0.0.1 is the host’s alone.
      await using _server = await inside.victim!.serve('serve', 'tcp', '::', '80', 'victim');
      expect((await world.host.ask('ask', 'tcp', '127.0.0.1', 8080)).answer).toMatch(/^victim/);
      expect((await world.neighbour.ask('ask', 'tcp', '127.0.0.1', 8080)).answer).toBeUndefined();
    } finally {
      await world.neighbour.sh(home);
    }
  });

  test('are not reached by a container that does', async () => {
    await inside.hostile!.sh(towards('10.1.0.1'));
    try {
      for (const port of [9999, 8080])
        expect((await inside.hostile!.ask('ask', 'tcp', '127.0.0.1', port)).answer).toBeUndefined();
    } finally {
      await inside.hostile!.sh(home);
    }
  });
});

test('a port that is published at 127.0.0.1 is not to be had by an address of the host, from outside or from a container', async () => {
  await using _server = await inside.victim!.serve('serve', 'tcp', '::', '80', 'victim');
  expect((await world.host.ask('ask', 'tcp', '127.0.0.1', 8080)).answer).toMatch(/^victim/);
  for (const from of [world.client, world.host, inside.hostile!, inside.other!])
    for (const to of [hostAddress, hostAddress6, '10.1.0.1'])
      expect((await from.ask('ask', 'tcp', to, 8080)).answer).toBeUndefined();
});

test('a container with NET_ADMIN that takes an address of another network reaches nobody with it', async () => {
  await using _server = await inside.other!.serve('serve', 'tcp', '::', '5000', 'other');
  const to = await world.addressOf('other', 'blue');
  await inside.hostile!.sh('ip addr add 10.2.0.200/16 dev eth0');
  try {
    expect((await inside.hostile!.ask('ask', 'tcp', to, 5000)).answer).toBeUndefined();
  } finally {
    await inside.hostile!.sh('ip addr del 10.2.0.200/16 dev eth0');
  }
});

test('a container does not move the host’s routes by router advertisements or redirects', async () => {
  const bridges = [...(await world.host.must('ip', '-o', 'link')).matchAll(/ (tsd[-0-9a-f]+)[:@]/g)].map(
    ([, name]) => name!,
  );
  expect(bridges.length).toBeGreaterThan(1);
  for (const bridge of bridges) {
    expect([bridge, await world.host.must('cat', `/proc/sys/net/ipv6/conf/${bridge}/accept_ra`)]).toEqual([
      bridge,
      '0\n',
    ]);
    expect([bridge, await world.host.must('cat', `/proc/sys/net/ipv4/conf/${bridge}/route_localnet`)]).toEqual([
      bridge,
      '0\n',
    ]);
  }
});

test('CVE-2020-13401: a container does not listen to routers that others of its network make up', async () => {
  const read = (path: string): Promise<string> => inside.victim!.must('cat', `/proc/sys/net/ipv6/conf/eth0/${path}`);
  expect([await read('accept_ra'), await read('accept_redirects')]).toEqual(['0\n', '0\n']);
});

test('names that a container makes up for itself do not write lines of their own', async () => {
  const nasty = ['a\nb', 'x y', '-', '..', '../../etc/passwd', 'a#b', '*', 'x'.repeat(64)];
  for (const alias of nasty) {
    const { status, stderr } = await world.tsdocker(
      ...['run', '-d', '--network', 'red', '--network-alias', alias, 'localhost/busybox', 'sleep', '1000'],
    );
    expect([alias, status, stderr.split('\n').length <= 3]).toEqual([alias, 125, true]);
  }
});

test('an answer of a name server that is not one does not end the resolver', async () => {
  const liar = `
    const socket = require('node:dgram').createSocket('udp4');
    const answers = [Buffer.alloc(0), Buffer.alloc(1), Buffer.alloc(11, 255), Buffer.alloc(512, 192), Buffer.alloc(65000, 1)];
    let next = 0;
    socket.on('message', (query, from) => {
      const answer = Buffer.from(answers[next++ % answers.length]);
      if (answer.length > 3) { query.copy(answer, 0, 0, 2); answer[2] = 0x81; }
      socket.send(answer, from.port, from.address);
    });
    socket.bind(53, '192.0.2.10', () => console.log('ready'));`;
  await using _liar = await world.client.start(process.execPath, '-e', liar);
  await start('asks', '--network', 'red');
  const names = Array.from({ length: 20 }, (_, index) => `n${index}.example.com`);
  await inside.asks!.ask('resolve', '127.0.0.11', 'A', ...names);
  const victim = await world.addressOf('victim', 'red');
  expect(await inside.asks!.ask('resolve', '127.0.0.11', 'A', 'victim')).toEqual({ victim: [victim] });
});

test('nonsense that is sent to the resolver does not end it', async () => {
  const victim = await world.addressOf('victim', 'red');
  const noise = `
    const { createSocket } = require('node:dgram');
    const { randomBytes } = require('node:crypto');
    const socket = createSocket('udp4');
    let left = 500;
    const next = () => left-- === 0 ? socket.close() : socket.send(randomBytes(1 + (left * 37) % 600), 53, '127.0.0.11', next);
    next();`;
  await inside.victim!.must(process.execPath, '-e', noise);
  expect(await inside.victim!.ask('resolve', '127.0.0.11', 'A', 'victim')).toEqual({ victim: [victim] });
});

test('a container cannot reach the shim’s sockets, the resolver’s files or another container’s names', async () => {
  // The resolver of one container answers to that container only.
  const address = await world.addressOf('victim', 'red');
  expect((await inside.hostile!.ask<Record<string, unknown>>('resolve', address, 'A', 'victim')).victim).toMatch(/^E/);
  const ports = await inside.hostile!.ask<Record<string, number[]>>('probe', 'tcp', address, '1-2048');
  expect(ports.open).toEqual([]);
});

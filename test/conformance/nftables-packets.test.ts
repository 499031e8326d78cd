// What the rules of table inet tsdocker let through, and with which addresses: real packets between namespaces.
import '../support/own-network.ts';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publish } from '../../src/network/nftables/published.ts';
import type { Answer, Running, Station } from '../support/network-station.ts';
import * as w from '../support/nftables-world.ts';

let world: w.World;
const running: Running[] = [];
const silence = { error: 'silence' };
const protocols = ['tcp', 'udp'] as const;
const setBridgeFilter = (value: 0 | 1) => (): void => {
  for (const name of ['iptables', 'ip6tables']) w.sh(`sysctl -qw net.bridge.bridge-nf-call-${name}=${value}`);
};
const bridgeFilters: [string, () => void][] = existsSync('/proc/sys/net/bridge')
  ? [
      ['with br_netfilter', setBridgeFilter(1)],
      ['with br_netfilter switched off', setBridgeFilter(0)],
    ]
  : [['without br_netfilter', () => {}]];

beforeAll(async () => {
  world = await w.makeWorld();
  const { a, c, d } = world.containers;
  const servers = protocols.flatMap((protocol) => [
    ...Object.entries({ a, c, d, client: world.client }).map(([name, station]) =>
      station.serve('serve', protocol, '::', '5000', name),
    ),
    // What holds the reserved socket, and what listens on the loopback only.
    world.host.serve('serve', protocol, '::', '8080', 'relay'),
    world.host.serve('serve', protocol, '::', '9000', 'relay'),
    world.host.serve('serve', protocol, '127.0.0.1', '6000', 'loopback'),
  ]);
  running.push(...(await Promise.all(servers)));
  const relayed6 = protocols.map((protocol) => ({ protocol, port: 9000 }));
  publish(
    protocols.flatMap((protocol) => [
      { protocol, hostPort: 8080, address: w.addresses.a[0], port: 5000 },
      { protocol, hostPort: 8080, address: w.addresses.a[1], port: 5000 },
      { protocol, hostPort: 8081, hostAddress: w.host4, address: w.addresses.a[0], port: 5000 },
      { protocol, hostPort: 8081, hostAddress: w.host6, address: w.addresses.a[1], port: 5000 },
      { protocol, hostPort: 6000, hostAddress: '127.0.0.1', address: w.addresses.a[0], port: 5000 },
      { protocol, hostPort: 8082, address: w.addresses.d[0], port: 5000 },
    ]),
    relayed6,
  );
});
afterAll(async () => {
  for (const each of running) await each[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

describe.each([
  { family: 'IPv4', host: w.host4, client: w.client4, at: 0, gateway: (n: number) => `10.${n}.0.1` },
  { family: 'IPv6', host: w.host6, client: w.client6, at: 1, gateway: (n: number) => `fd00:${n}::1` },
] as const)('$family', ({ host, client, at, gateway }) => {
  describe.each(protocols)('%s', (protocol) => {
    const ask = (from: Station, address: string, port: number): Promise<Answer> =>
      from.ask('ask', protocol, address, port, 'hello', 1500);
    const said = (name: string, source: string): Answer => ({ answer: `${name} ${source} hello` });

    test('a client reaches a published port, and its address is kept', async () => {
      expect(await ask(world.client, host, 8080)).toEqual(said('a', client));
      expect(await ask(world.client, host, 8081)).toEqual(said('a', client));
    });

    test('the host reaches a published port by its own address', async () => {
      expect(await ask(world.host, host, 8080)).toEqual(said('a', host));
    });

    // Bridged packets are filtered as well where the module br_netfilter is loaded: docker loads it.
    test.each(bridgeFilters)(
      'containers reach a port of their own network by the host’s address, %s',
      async (_, set) => {
        set();
        const { a, b } = world.containers;
        const answers = await Promise.all([ask(a, host, 8080), ask(b, host, 8080)]);
        expect(answers).toEqual([said('a', gateway(1)), said('a', gateway(1))]);
      },
    );

    test('a container of another network reaches a published port, and its address is kept', async () => {
      const { c } = world.containers;
      expect(await ask(c, host, 8080)).toEqual(said('a', w.addresses.c[at]));
    });

    test('containers of one network reach each other', async () => {
      const { b } = world.containers;
      expect(await ask(b, w.addresses.a[at], 5000)).toEqual(said('a', w.addresses.b[at]));
    });

    test('nothing passes between two networks', async () => {
      const { a, c } = world.containers;
      const answers = await Promise.all([ask(a, w.addresses.c[at], 5000), ask(c, w.addresses.a[at], 5000)]);
      expect(answers).toEqual([silence, silence]);
    });

    test('a client with a route to the containers does not reach them, nor the port behind a published one', async () => {
      const answers = await Promise.all(
        (['a', 'c', 'd'] as const).map((name) => ask(world.client, w.addresses[name][at], 5000)),
      );
      expect(answers).toEqual([silence, silence, silence]);
    });

    test('nothing leaves an internal network, and nothing reaches it', async () => {
      const { a, d } = world.containers;
      const answers = await Promise.all([
        ask(d, client, 5000),
        ask(d, host, 8080),
        ask(d, w.addresses.a[at], 5000),
        ask(a, w.addresses.d[at], 5000),
        ...(at === 0 ? [ask(world.client, host, 8082)] : [ask(d, host, 9000)]),
      ]);
      expect(answers).toEqual(answers.map(() => silence));
    });

    test('the host reaches every container', async () => {
      expect(await ask(world.host, w.addresses.d[at], 5000)).toEqual(said('d', gateway(3)));
    });

    test('what leaves has the host’s address, unless the network is not to be masqueraded', async () => {
      const { a, c } = world.containers;
      expect(await ask(a, client, 5000)).toEqual(said('client', host));
      expect(await ask(c, client, 5000)).toEqual(said('client', w.addresses.c[at]));
    });
  });
});

describe('the administrator’s chain', () => {
  test('comes before published ports', async () => {
    for (const protocol of protocols) {
      w.sh(`nft add rule inet tsdocker administrator meta l4proto ${protocol} ct original proto-dst 8081 drop`);
    }
    try {
      const answers = await Promise.all([
        world.client.ask('ask', 'tcp', w.host4, 8081),
        world.client.ask('ask', 'udp', w.host6, 8081),
        world.client.ask('ask', 'tcp', w.host4, 8080),
      ]);
      expect(answers).toEqual([silence, silence, { answer: `a ${w.client4} hello` }]);
    } finally {
      w.sh('nft flush chain inet tsdocker administrator');
    }
  });

  test('comes before what the relay serves to others, and not before what it serves to the host', async () => {
    w.sh('nft add rule inet tsdocker administrator tcp dport 9000 drop');
    try {
      expect(await world.client.ask('ask', 'tcp', w.host6, 9000)).toEqual(silence);
      expect(await world.host.ask('ask', 'tcp', '::1', 9000)).toEqual({ answer: 'relay ::1 hello' });
      expect(await world.client.ask('ask', 'udp', w.host6, 9000)).toEqual({ answer: `relay ${w.client6} hello` });
    } finally {
      w.sh('nft flush chain inet tsdocker administrator');
    }
  });
});

describe('a client that asks by udp from one port all the time', () => {
  // The kernel looks at the maps for the first packet of a flow only.
  const script = `
    const [address, at] = process.argv.slice(1);
    const socket = require('node:dgram').createSocket(address.includes(':') ? 'udp6' : 'udp4');
    const timer = setTimeout(() => { process.stdout.write('silence'); socket.close(); }, 1500);
    socket.on('message', (text) => { clearTimeout(timer); process.stdout.write(String(text)); socket.close(); });
    socket.bind(Number(at), () => socket.send('hello', 8090, address));`;

  test.each([
    ['IPv4', w.host4, 0],
    ['IPv6', w.host6, 1],
  ] as const)('is sent to whom the port belongs now, %s', async (_, host, at) => {
    const ask = (): Promise<string> => world.client.must(process.execPath, '-e', script, host, '7777');
    const port = { protocol: 'udp', hostPort: 8090, port: 5000 } as const;
    expect(await ask()).toBe('silence');
    publish([{ ...port, address: w.addresses.a[at] }]);
    expect(await ask()).toMatch(/^a /);
    publish([{ ...port, address: w.addresses.c[at] }]);
    expect(await ask()).toMatch(/^c /);
    expect(await ask()).toMatch(/^c /);
  });
});

test('what belongs to no flow does not leave with a container’s own address', async () => {
  // An answer to a ping that nobody sent: type, code, checksum, identifier, sequence. The kernel fills in the IP head.
  const script = `
    import { invokeKernel } from '${import.meta.dirname}/../../src/kernel/invoke.ts';
    const socket = invokeKernel('socket', 2, 3, 1);
    const address = Uint8Array.of(2, 0, 0, 0, ...'${w.client4}'.split('.').map(Number), 0, 0, 0, 0, 0, 0, 0, 0);
    invokeKernel('sendto', socket, Uint8Array.of(0, 0, 0xff, 0xfd, 0, 2, 0, 0), 8, 0, address, 16);`;
  const send = (from: Station): Promise<string> => from.must(process.execPath, '--input-type=module', '-e', script);
  await world.client.sh(`nft 'table ip seen { counter of_a { }; counter of_c { }; chain input { type filter hook input priority 0;
    icmp type echo-reply ip saddr ${w.addresses.a[0]} counter name of_a
    icmp type echo-reply ip saddr ${w.addresses.c[0]} counter name of_c; }; }'`);
  await send(world.containers.a);
  await send(world.containers.c); // not masqueraded: it may
  const seen = await world.client.sh('nft list counters table ip seen');
  expect([...seen.matchAll(/packets (\d+)/g)].map(([, count]) => count)).toEqual(['0', '1']);
});

describe('the loopback', () => {
  test('the host’s own connections to it are not translated', async () => {
    expect(await world.host.ask('ask', 'tcp', '127.0.0.1', 8080)).toEqual({ answer: 'relay 127.0.0.1 hello' });
    expect(await world.host.ask('ask', 'tcp', '::1', 8080)).toEqual({ answer: 'relay ::1 hello' });
    expect(await world.host.ask('ask', 'udp', '127.0.0.1', 6000)).toEqual({ answer: 'loopback 127.0.0.1 hello' });
  });

  test('neighbours with addresses that are not forwarded get the relay', async () => {
    const [, local] = /inet6 (fe80:\S+)\//.exec(w.sh('ip -6 addr show dev eth0 scope link'))!;
    const answer = await world.client.ask('ask', 'tcp', `${local}%eth0`, 8080);
    expect(answer).toEqual({ answer: expect.stringMatching(/^relay fe80:.* hello$/) });
  });

  /** Gives `station` a way to send packets for 127.0.0.1 to somebody else, as an attacker with raw sockets can. */
  const aimAtLoopback = (station: Station, gateway: string): Promise<string> =>
    station.sh(`ip addr flush dev lo scope host && sysctl -qw net.ipv4.conf.all.route_localnet=1 &&
      ip route add 127.0.0.1/32 via ${gateway} dev eth0`);

  test('packets from a neighbour or a container do not reach it (CVE-2020-8558)', async () => {
    await aimAtLoopback(world.client, w.host4);
    await aimAtLoopback(world.containers.b, '10.1.0.1');
    const [neighbour, published, contained, own] = await Promise.all([
      world.client.ask('ask', 'tcp', '127.0.0.1', 6000),
      world.client.ask('ask', 'udp', '127.0.0.1', 8080),
      world.containers.b.ask('ask', 'tcp', '127.0.0.1', 6000),
      world.containers.b.ask('ask', 'udp', '127.0.0.1', 8080),
    ]);
    expect([neighbour, published, contained, own]).toEqual([silence, silence, silence, silence]);
    // Even where somebody else has opened the loopback.
    w.sh('sysctl -qw net.ipv4.conf.all.route_localnet=1');
    try {
      expect(await world.client.ask('ask', 'tcp', '127.0.0.1', 6000)).not.toEqual(silence);
      expect(await world.containers.b.ask('ask', 'tcp', '127.0.0.1', 6000)).toEqual(silence);
      expect(await world.containers.b.ask('ask', 'udp', '127.0.0.1', 8080)).toEqual(silence);
    } finally {
      w.sh('sysctl -qw net.ipv4.conf.all.route_localnet=0');
    }
  });
});

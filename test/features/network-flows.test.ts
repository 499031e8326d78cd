// Flows that the kernel remembers (conntrack) outlive nobody: a client of udp that goes on sending does not come to a stranger.
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostAddress, hostAddress6, type NetworkHost, networkHost } from '../support/network-host.ts';
import { soon } from '../support/network-station.ts';

let world: NetworkHost;
beforeAll(async () => {
  world = await networkHost();
  await world.ok('network', 'create', '--ipv6', '--subnet', '10.1.0.0/16', '--subnet', 'fd00:1::/64', 'both');
});
afterAll(() => world[Symbol.asyncDispose]());

test.each([
  ['IPv4', hostAddress],
  ['IPv6', hostAddress6],
])('a client of %s of a container that is over does not reach the one that has its address now', async (_, to) => {
  await using asking = await world.client.serve('keep-asking', to, '8080');
  await world.idle('--name', 'first', '--network', 'both', '-p', '8080:80/udp');
  const address = await world.addressOf('first', 'both');
  {
    await using _first = await (await world.inside('first')).serve('serve', 'udp', '::', '80', 'first');
    await soon('first answers', async () => /^first /m.test(asking.said()));
  }
  await world.ok('rm', '-f', 'first');

  await world.idle('--name', 'second', '--network', 'both');
  expect(await world.addressOf('second', 'both')).toBe(address);
  await using _second = await (await world.inside('second')).serve('serve', 'udp', '::', '80', 'second');
  await setTimeout(1500); // it asks ten times a second or so
  expect(asking.said()).not.toMatch(/^second /m);
  await world.ok('rm', '-f', 'second');
});

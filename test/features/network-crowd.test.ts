// Many: connections through a published port, starts at once, and what 1 GB looks like on the other side.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientAddress, hostAddress, hostAddress6, type NetworkHost, networkHost } from '../support/network-host.ts';
import { soon } from '../support/network-station.ts';

let world: NetworkHost;
beforeAll(async () => {
  world = await networkHost();
  const script = 'mkdir /www; echo "a page" >/www/index.html; exec httpd -f -h /www';
  await world.ok(
    'run',
    '-d',
    '--name',
    'web',
    '-p',
    '8080:80',
    '-p',
    '6000:6000',
    'localhost/busybox',
    'sh',
    '-c',
    script,
  );
  await soon('it answers', async () => (await world.client.ask('get', hostAddress, 8080)).answer === 'a page');
});
afterAll(() => world[Symbol.asyncDispose]());

const ways = [
  ['from outside, translated', 'client', hostAddress],
  ['from outside by IPv6, relayed', 'six', hostAddress6],
  ['from the host by 127.0.0.1, relayed', 'host', '127.0.0.1'],
] as const;

describe.each(ways)('%s', (_, from, address) => {
  test('10,000 connections, 50 at a time, and every one gets the page', { timeout: 300_000 }, async () => {
    expect(await world[from].ask('many', address, 8080, 10_000, 50)).toEqual({ done: 10_000, failures: {} });
  });

  test('1 GB arrives as it was sent', { timeout: 300_000 }, async () => {
    await using source = await (await world.inside('web')).serve('source', '::', '6000', '1024');
    const { bytes, digest } = await world[from].ask<{ bytes: number; digest: string }>('sink', address, 6000);
    await source.ended();
    expect({ bytes, digest }).toEqual({ bytes: 2 ** 30, digest: source.said() });
  });
});

test('1 GB arrives from outside in a container as it was sent', { timeout: 300_000 }, async () => {
  await using source = await world.client.serve('source', clientAddress, '6001', '1024');
  const { bytes, digest } = await (await world.inside('web')).ask<{ bytes: number; digest: string }>(
    ...['sink', clientAddress, 6001],
  );
  await source.ended();
  expect({ bytes, digest }).toEqual({ bytes: 2 ** 30, digest: source.said() });
});

test('of 100 starts at once each has an address of its own, and all can be reached', { timeout: 300_000 }, async () => {
  const before = await world.state();
  await world.ok('network', 'create', '--subnet', '10.8.0.0/24', 'crowded');
  const ids: string[] = [];
  await Promise.all(
    Array.from({ length: 10 }, async (_, row) => {
      for (let n = 0; n < 10; n++) ids.push(await world.idle('--name', `c${row}${n}`, '--network', 'crowded'));
    }),
  );
  const format = '{{.NetworkSettings.Networks.crowded.IPAddress}}';
  const addresses = (await world.ok('inspect', '-f', format, ...ids)).split('\n');
  expect(new Set(addresses).size).toBe(100);
  await world.idle('--name', 'asks', '--network', 'crowded');
  const inside = await world.inside('asks');
  const names = Array.from({ length: 100 }, (_, n) => `c${Math.floor(n / 10)}${n % 10}`);
  const found = await inside.ask<Record<string, string[]>>('resolve', '127.0.0.11', 'A', ...names);
  expect(Object.values(found).flat().sort()).toEqual(addresses.toSorted());
  for (const address of addresses)
    expect((await inside.exec('busybox', 'ping', '-c', '1', '-W', '2', address)).status).toBe(0);
  await world.ok('rm', '-f', 'asks', ...ids);
  await world.ok('network', 'rm', 'crowded');
  expect(await world.settled(before)).toEqual(before);
});

test('a network that has no address left says so, and a lease of a container that is gone is free again', async () => {
  await world.ok('network', 'create', '--subnet', '10.8.1.0/29', 'small');
  const ids = [];
  for (let n = 0; n < 5; n++) ids.push(await world.idle('--network', 'small'));
  const run = ['run', '-d', '--network', 'small', 'localhost/busybox', 'sleep', '100000'];
  const { status, stderr } = await world.tsdocker(...run);
  expect(status).toBe(125);
  expect(stderr).toMatch(/no (available|free).*address|small/);
  await world.ok('rm', '-f', ids[2]!);
  await world.ok(...run);
});

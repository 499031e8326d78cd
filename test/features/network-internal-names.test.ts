// What containers of an internal network may ask: their own names. No question goes to a server outside (CVE-2024-29018).
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientAddress, type NetworkHost, networkHost } from '../support/network-host.ts';
import type { Running } from '../support/network-station.ts';

let world: NetworkHost;
let upstream: Running;
beforeAll(async () => {
  world = await networkHost();
  // The host's /etc/resolv.conf names it.
  upstream = await world.client.serve('upstream', clientAddress);
  await world.ok('network', 'create', '--internal', 'closed');
  await world.ok('network', 'create', 'open');
  await world.idle('--name', 'one', '--network', 'closed');
  await world.idle('--name', 'two', '--network', 'closed');
});
afterAll(async () => {
  await upstream[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

const resolve = async (from: string, ...names: string[]): Promise<Record<string, unknown>> =>
  (await world.inside(from)).ask('resolve', '127.0.0.11', 'A', ...names);

test('names of its own network are answered, others not, and no server outside hears of them', async () => {
  expect(await resolve('one', 'two', 'secret.example.com')).toEqual({
    two: [await world.addressOf('two', 'closed')],
    'secret.example.com': expect.stringMatching(/^E(NOTFOUND|SERVFAIL|REFUSED)$/),
  });
  const own = await world.tsdocker('exec', 'one', 'nslookup', 'another-secret.example.com');
  expect(own.status).not.toBe(0);
  expect(upstream.said()).not.toContain('secret');
});

test('a container that is also in an open network may ask outside', async () => {
  await world.idle('--name', 'both', '--network', 'closed');
  await world.ok('network', 'connect', 'open', 'both');
  expect(await resolve('both', 'www.example.com', 'two')).toEqual({
    'www.example.com': ['203.0.113.7'],
    two: [await world.addressOf('two', 'closed')],
  });
  expect(upstream.said()).toContain('www.example.com');
  await world.ok('network', 'disconnect', 'open', 'both');
  expect((await resolve('both', 'hidden.example.com'))['hidden.example.com']).not.toEqual(['203.0.113.7']);
  expect(upstream.said()).not.toContain('hidden');
});

test('a name server that was asked for by --dns is not asked from an internal network either', async () => {
  await world.idle('--name', 'told', '--network', 'closed', '--dns', clientAddress);
  expect((await resolve('told', 'leak.example.com'))['leak.example.com']).not.toEqual(['203.0.113.7']);
  expect(upstream.said()).not.toContain('leak');
});

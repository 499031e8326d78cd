// Datagrams have no beginning and no end, but the kernel remembers where those of a client went: whoever keeps sending from the same
// port reaches the container that has the published port now, whatever was there before.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostAddress, hostAddress6, type NetworkHost, networkHost } from '../support/network-host.ts';
import { type Running, soon } from '../support/network-station.ts';

let world: NetworkHost;
beforeAll(async () => {
  world = await networkHost();
  await world.ok('network', 'create', '--ipv6', '--subnet', '10.1.0.0/16', '--subnet', 'fd00:1::/64', 'both');
});
afterAll(() => world[Symbol.asyncDispose]());

/** Waits for a line of that begin which is newer than what has been said so far. */
async function next(asking: Running, begin: string): Promise<void> {
  const said = asking.said().length;
  await soon(`${begin} answers`, async () => new RegExp(`^${begin} `, 'm').test(asking.said().slice(said)));
}

const ways = [
  ['from outside', 'client', hostAddress],
  ['from outside by IPv6', 'six', hostAddress6],
  ['from the host itself', 'host', hostAddress],
  ['from the host by 127.0.0.1', 'host', '127.0.0.1'],
] as const;

test.each(ways)('%s', { timeout: 120_000 }, async (_, from, to) => {
  // Before there is any container.
  await using asking = await world[from].serve('keep-asking', to, '8080');
  const publish = ['--network', 'both', '-p', '8080:80/udp'];
  await world.idle('--name', 'first', ...publish);
  const first = await (await world.inside('first')).serve('serve', 'udp', '::', '80', 'first');
  await next(asking, 'first');
  // Another one takes its place.
  await first[Symbol.asyncDispose]();
  await world.ok('stop', '-t', '0', 'first');
  await world.idle('--name', 'second', ...publish);
  const second = await (await world.inside('second')).serve('serve', 'udp', '::', '80', 'second');
  await next(asking, 'second');
  // It is started anew.
  await second[Symbol.asyncDispose]();
  await world.ok('restart', '-t', '0', 'second');
  const third = await (await world.inside('second')).serve('serve', 'udp', '::', '80', 'third');
  await next(asking, 'third');
  await third[Symbol.asyncDispose]();
  // The host itself serves the port, once no container does.
  await world.ok('rm', '-f', 'first', 'second');
  await using _own = await world.host.serve('serve', 'udp', '::', '8080', 'the-host');
  await next(asking, 'the-host');
});

test('clients of the relay have their answers each', async () => {
  await world.idle('--name', 'relayed', '-p', '8081:80/udp');
  await using _server = await (await world.inside('relayed')).serve('serve', 'udp', '::', '80', 'here');
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) =>
      world.host.ask('ask', 'udp', n % 2 === 0 ? '127.0.0.1' : '::1', 8081, `number-${n}`),
    ),
  );
  expect(answers.map(({ answer }) => answer?.split(' ').at(-1))).toEqual(answers.map((_, n) => `number-${n}`));
});

// Flows that the kernel remembers (conntrack) outlive nobody: a client of udp that goes on sending does not come to a stranger.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientAddress, hostAddress, type NetworkHost, networkHost } from '../support/network-host.ts';

let world: NetworkHost;
beforeAll(async () => {
  world = await networkHost();
});
afterAll(() => world[Symbol.asyncDispose]());

/** Sends from one and the same port each time. */
const question = `
import socket
asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asking.bind(('${clientAddress}', 4444))
asking.settimeout(1)
asking.sendto(b'hello', ('${hostAddress}', 8080))
try:
    print(asking.recv(100).decode())
except (TimeoutError, ConnectionRefusedError):
    print('silence')
`;
const ask = async (): Promise<string> => (await world.client.sh(`python3 -c "${question}"`)).trim();

test('a client of a container that is over does not reach the one that has its address now', async () => {
  await world.idle('--name', 'first', '-p', '8080:80/udp');
  const address = await world.addressOf('first');
  {
    await using _server = await (await world.inside('first')).serve('serve', 'udp', '0.0.0.0', '80', 'first');
    expect(await ask()).toBe(`first ${clientAddress} hello`);
  }
  await world.ok('rm', '-f', 'first');

  await world.idle('--name', 'second');
  expect(await world.addressOf('second')).toBe(address);
  await using _server = await (await world.inside('second')).serve('serve', 'udp', '0.0.0.0', '80', 'second');
  expect(await ask()).toBe('silence');
});

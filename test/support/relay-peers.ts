// Run in a network namespace of its own by test/conformance/relay.test.ts: who of several peers does the relay serve? Prints JSON.
//   relay-peers.ts DRIVER BUNDLE
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { type DoorWanted, openDoors } from './door-driver.ts';

const [program, bundle] = process.argv.slice(2) as [string, string];
const busybox = (...words: string[]) => execFileSync('busybox', words, { stdio: ['ignore', 'ignore', 'inherit'] });
busybox('ip', 'link', 'set', 'lo', 'up');
busybox('ip', 'address', 'add', '192.0.2.1/32', 'dev', 'lo');
busybox('ip', 'address', 'add', '2001:db8::1/128', 'dev', 'lo');

const server = createServer((socket) => void socket.on('error', () => {}).pipe(socket)).listen(0, '::');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
const datagrams = createSocket('udp6').on('message', (bytes, from) => datagrams.send(bytes, from.port, from.address));
datagrams.bind(port);
await once(datagrams, 'listening');

const tries: [protocol: 'tcp' | 'udp', from: string, target: string][] = [
  ['tcp', '127.0.0.1', '127.0.0.1'],
  ['tcp', '192.0.2.1', '127.0.0.1'],
  ['tcp', '::1', '127.0.0.1'],
  ['tcp', '2001:db8::1', '127.0.0.1'],
  ['tcp', '::1', '::1'],
  ['tcp', '2001:db8::1', '::1'],
  ['udp', '127.0.0.1', '127.0.0.1'],
  ['udp', '192.0.2.1', '127.0.0.1'],
  ['udp', '2001:db8::1', '127.0.0.1'],
  ['udp', '2001:db8::1', '::1'],
];
const wanted = tries.map(
  ([protocol, from, address]): DoorWanted => ({
    kind: 'relay',
    protocol,
    address: from.includes(':') ? '::' : '0.0.0.0',
    target: { address, port },
  }),
);

function tryTcp(from: string, to: number): Promise<string> {
  const socket = connect({ host: from, localAddress: from, port: to });
  socket.write('hello');
  return new Promise((resolve) => {
    socket.on('data', () => resolve('served')).on('error', () => resolve('reset'));
    socket.on('close', () => resolve('closed'));
  }).finally(() => socket.destroy()) as Promise<string>;
}

/** What was sent after it is answered on another door: so it was seen, and not answered. */
async function tryUdp(from: string, to: number, served: number): Promise<string> {
  const socket = createSocket(from.includes(':') ? 'udp6' : 'udp4');
  const control = createSocket('udp4');
  socket.bind(0, from);
  await once(socket, 'listening');
  let result = 'nothing';
  socket.on('message', () => {
    result = 'served';
  });
  for (let i = 0; i < 3; i++) {
    socket.send('hello', to, from);
    const answered = once(control, 'message');
    control.send('hello', served, '127.0.0.1');
    await answered;
  }
  await new Promise((done) => setTimeout(done, 100));
  socket.close();
  control.close();
  return result;
}

const results: Record<string, string> = {};
{
  await using doors = await openDoors(program, bundle, wanted);
  for (const [index, [protocol, from, target]] of tries.entries()) {
    const to = doors.ports[index]!;
    const served = doors.ports[tries.findIndex(([each]) => each === 'udp')]!;
    results[`${protocol} ${from} to ${target}`] =
      protocol === 'tcp' ? await tryTcp(from, to) : await tryUdp(from, to, served);
  }
}
console.log(JSON.stringify(results));
server.close();
datagrams.close();

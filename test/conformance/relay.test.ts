// The relay of published ports (native/relay.c) under the sanitizers, against real servers on the loopback interface.
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildDoors, type DoorWanted, openDoors } from '../support/door-driver.ts';

let folder: string;
let program: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-relay-'));
  program = buildDoors(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A server on a loopback address, until the test ends. */
async function serve(
  handle: (socket: Socket) => void,
  address = '127.0.0.1',
): Promise<{ readonly port: number; readonly server: Server } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
    handle(socket);
  });
  server.listen({ port: 0, host: address, backlog: 4096 });
  await once(server, 'listening');
  return {
    server,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

const echo = (socket: Socket): void => void socket.pipe(socket);
const tcpTo = (port: number, address = '127.0.0.1', own = '127.0.0.1'): DoorWanted => ({
  kind: 'relay',
  protocol: 'tcp',
  address: own,
  target: { address, port },
});

async function connected(port: number, host = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host, allowHalfOpen: true });
  await once(socket, 'connect');
  return socket;
}

/** What comes until the other side has ended. Throws what the socket says. */
async function readAll(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  socket.on('data', (part) => void parts.push(part as Buffer));
  socket.resume();
  await once(socket, 'end');
  return Buffer.concat(parts);
}

/** Says something, and gives what comes back. */
async function exchange(port: number, text: string, host?: string): Promise<string> {
  const socket = await connected(port, host);
  socket.end(text);
  return (await readAll(socket)).toString();
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test('100 MB go through both ways at once and are the same afterwards', async () => {
  await using target = await serve(echo);
  await using doors = await openDoors(program, folder, [tcpTo(target.port)]);
  const block = randomBytes(1 << 20);
  const sent = createHash('sha256');
  const socket = await connected(doors.ports[0]!);
  const got = createHash('sha256');
  socket.on('data', (bytes) => got.update(bytes));
  for (let i = 0; i < 100; i++) {
    block.writeUInt32LE(i);
    sent.update(block);
    if (!socket.write(Buffer.from(block))) await once(socket, 'drain');
  }
  socket.end();
  await once(socket, 'end');
  expect(got.digest('hex')).toBe(sent.digest('hex'));
});

test('who has said everything can still be answered', async () => {
  await using target = await serve((socket) => void readAll(socket).then((all) => socket.end(digest(all))));
  await using doors = await openDoors(program, folder, [tcpTo(target.port)]);
  expect(await exchange(doors.ports[0]!, 'all of it')).toBe(digest(Buffer.from('all of it')));
});

test('a server that has said everything can still be told something', async () => {
  const heard: Promise<Buffer>[] = [];
  await using target = await serve((socket) => {
    socket.end('first');
    heard.push(readAll(socket));
  });
  await using doors = await openDoors(program, folder, [tcpTo(target.port)]);
  const socket = await connected(doors.ports[0]!);
  expect((await readAll(socket)).toString()).toBe('first');
  socket.end('last');
  expect((await heard[0])!.toString()).toBe('last');
});

test('a reader that is slow gets everything, and nobody else waits for it', async () => {
  const most = randomBytes(20 << 20);
  await using target = await serve((socket) =>
    socket.once('data', (word) => void socket.end(`${word}` === 'all' ? most : word)),
  );
  await using doors = await openDoors(program, folder, [tcpTo(target.port)]);
  const slow = await connected(doors.ports[0]!);
  slow.pause();
  slow.write('all');
  for (const word of ['one', 'two', 'three']) expect(await exchange(doors.ports[0]!, word)).toBe(word);
  expect(digest(await readAll(slow))).toBe(digest(most));
});

test('2,000 connections are open at once, and all are served by one process', async () => {
  await using target = await serve(echo);
  await using doors = await openDoors(program, folder, [tcpTo(target.port)]);
  const sockets = await Promise.all(Array.from({ length: 2000 }, () => connected(doors.ports[0]!)));
  const answers = await Promise.all(
    sockets.map((socket, index) => {
      socket.end(`number ${index}`);
      return readAll(socket);
    }),
  );
  expect(answers.map(String)).toEqual(sockets.map((_, index) => `number ${index}`));
  expect(doors.said.filter((line) => line === 'serve relay')).toHaveLength(1);
});

test('a client whose target refuses sees a reset, and so does one whose server resets', async () => {
  await using target = await serve((socket) => socket.once('data', () => socket.resetAndDestroy()));
  const nobody = await serve(echo);
  await nobody[Symbol.asyncDispose]();
  await using doors = await openDoors(program, folder, [tcpTo(nobody.port), tcpTo(target.port)]);
  for (const port of doors.ports) {
    await expect(exchange(port, 'hello')).rejects.toMatchObject({
      code: expect.stringMatching(/^(ECONNRESET|EPIPE)$/),
    });
  }
});

test('a server learns that its client has reset the connection', async () => {
  const ends: Promise<void>[] = [];
  await using target = await serve((socket) => {
    socket.on('data', (bytes) => void socket.write(bytes));
    ends.push(new Promise((closed) => void socket.on('close', () => closed())));
  });
  await using doors = await openDoors(program, folder, [tcpTo(target.port)]);
  const socket = await connected(doors.ports[0]!);
  socket.write('hello');
  await once(socket, 'data');
  socket.resetAndDestroy();
  await ends[0];
});

test('IPv6 clients reach targets of both families', async () => {
  await using four = await serve(echo);
  await using six = await serve(echo, '::1');
  const wanted = [tcpTo(four.port, '127.0.0.1', '::1'), tcpTo(six.port, '::1', '::1')];
  await using doors = await openDoors(program, folder, wanted);
  for (const port of doors.ports) expect(await exchange(port, 'hello', '::1')).toBe('hello');
});

test('a child that is killed is started again by the next connection', async () => {
  await using target = await serve(echo);
  await using doors = await openDoors(program, folder, [tcpTo(target.port)]);
  for (let times = 1; times <= 3; times++) {
    expect(await exchange(doors.ports[0]!, 'hello')).toBe('hello');
    process.kill(doors.child()!, 'SIGKILL');
    await doors.says('ended 9', times);
  }
  expect(await exchange(doors.ports[0]!, 'hello')).toBe('hello');
});

async function datagrams(address = '127.0.0.1'): Promise<DatagramSocket & AsyncDisposable> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.bind(0, address);
  await once(socket, 'listening');
  return socket as DatagramSocket & AsyncDisposable;
}

/** Asks until it is answered: datagrams may be lost where many come at once. */
async function ask(socket: DatagramSocket, text: string, port: number, address: string): Promise<string> {
  const answer = once(socket, 'message') as Promise<[Buffer, { address: string; port: number }]>;
  const again = setInterval(() => socket.send(text, port, address), 500);
  socket.send(text, port, address);
  const [bytes, from] = await answer;
  clearInterval(again);
  expect(from).toMatchObject({ address, port });
  return bytes.toString();
}

const udpTo = (port: number, address: string, own: string): DoorWanted => ({
  kind: 'relay',
  protocol: 'udp',
  address: own,
  target: { address, port },
});

test.each([
  ['0.0.0.0', '127.0.0.1', ['127.0.0.1', '127.0.0.2']],
  ['127.0.0.3', '127.0.0.1', ['127.0.0.3']],
  ['::', '127.0.0.1', ['::1']],
  ['::', '::1', ['::1']],
])('datagrams to %s go to %s, and the answers come from where they were sent to', async (own, address, asked) => {
  await using target = await datagrams(address);
  const sources = new Set<number>();
  target.on('message', (bytes, { port, address: from }) => {
    sources.add(port);
    target.send(`${bytes}!`, port, from);
  });
  await using doors = await openDoors(program, folder, [udpTo(target.address().port, address, own)]);
  const clients = await Promise.all(
    Array.from({ length: 300 }, () => datagrams(asked[0]!.includes(':') ? '::1' : '0.0.0.0')),
  );
  try {
    for (const to of asked) {
      const answers = await Promise.all(clients.map((client, index) => ask(client, `${index}`, doors.ports[0]!, to)));
      expect(answers).toEqual(clients.map((_, index) => `${index}!`));
    }
  } finally {
    for (const client of clients) client.close();
  }
  expect(sources.size).toBe(300 * asked.length);
});

test('more clients of a udp port than there may be are served: the oldest one gives its place', async () => {
  await using target = await datagrams();
  const heard = new Set<string>();
  target.on('message', (bytes) => void heard.add(`${bytes}`));
  await using doors = await openDoors(program, folder, [udpTo(target.address().port, '127.0.0.1', '127.0.0.1')]);
  for (let i = 0; i < 5000; i++) {
    const client = createSocket('udp4');
    for (let sent = 0; !heard.has(`${i}`); sent++) {
      if (sent % 200 === 0) client.send(`${i}`, doors.ports[0]!, '127.0.0.1');
      await new Promise((done) => setImmediate(done));
    }
    client.close();
  }
  expect(doors.said.filter((line) => line === 'serve relay')).toHaveLength(1);
});

test('only what the kernel does not translate is served: loopback, and IPv6 for a target of IPv4', () => {
  // In a network namespace of its own, whose loopback interface has an address more of each family.
  const script = join(import.meta.dirname, '../support/relay-peers.ts');
  const told = execFileSync('unshare', ['--net', process.execPath, script, program, folder], { encoding: 'utf8' });
  expect(JSON.parse(told)).toEqual({
    'tcp 127.0.0.1 to 127.0.0.1': 'served',
    'tcp 192.0.2.1 to 127.0.0.1': 'reset',
    'tcp ::1 to 127.0.0.1': 'served',
    'tcp 2001:db8::1 to 127.0.0.1': 'served',
    'tcp ::1 to ::1': 'served',
    'tcp 2001:db8::1 to ::1': 'reset',
    'udp 127.0.0.1 to 127.0.0.1': 'served',
    'udp 192.0.2.1 to 127.0.0.1': 'nothing',
    'udp 2001:db8::1 to 127.0.0.1': 'served',
    'udp 2001:db8::1 to ::1': 'nothing',
  });
});

test('a child that has nothing to do ends, and the next connection starts one', { timeout: 60_000 }, async () => {
  await using target = await serve(echo);
  await using doors = await openDoors(program, folder, [tcpTo(target.port)]);
  expect(await exchange(doors.ports[0]!, 'hello')).toBe('hello');
  await doors.says('ended 0');
  expect(doors.child()).toBeUndefined();
  expect(await exchange(doors.ports[0]!, 'hello')).toBe('hello');
});

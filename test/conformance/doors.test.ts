// Doors and the program `release` of a real shim: what it serves for a container, and what it takes back at its end, in which order.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as k from '../../src/kernel/constants.ts';
import { kernel } from '../../src/kernel/index.ts';
import { readInt32 } from '../../src/kernel/memory.ts';
import { encodePhase } from '../../src/launch/encode.ts';
import { doorKind, fromShim, readFrame, sendDoor, sendFrame, toShim } from '../../src/launch/frames.ts';
import { ProgramBuilder } from '../../src/launch/program.ts';
import { type ReservedPort, releasePorts, reservePorts } from '../../src/network/reserve.ts';
import { eventually, startDetached, stateOf } from '../support/detached.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
const echo = createServer((socket) => void socket.on('error', () => {}).pipe(socket));
beforeAll(async () => {
  store = makeStore();
  await once(echo.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  echo.close();
  store[Symbol.dispose]();
});

const bundleOf = (id: string): string => join(store.root, 'container', id);

/** A connection to a shim, the caller's. */
function connectShim(id: string): number {
  const folder = kernel.openat(k.AT_FDCWD, bundleOf(id), k.O_PATH | k.O_DIRECTORY);
  const socket = kernel.unixSocket(k.SOCK_STREAM);
  kernel.connect(socket, `/proc/self/fd/${folder}/socket`);
  kernel.close(folder);
  return socket;
}

const wanted = { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 0, port: 80 } as const;
const target = { address: Uint8Array.of(127, 0, 0, 1), port: 0 };

/** Reserves a port, and has the shim relay it to the echo server. */
function publish(id: string): number {
  const [reserved] = reservePorts([wanted]) as [ReservedPort];
  const shim = connectShim(id);
  const to = { ...target, port: (echo.address() as AddressInfo).port };
  sendDoor(shim, { kind: 'relay', protocol: 'tcp', target: to }, reserved.socket);
  sendFrame(shim, toShim.policy, [0, 0]); // answered: then the door is there
  expect(readFrame(shim, 10_000)?.kind).toBe(fromShim.done);
  kernel.close(shim);
  releasePorts([reserved]);
  return reserved.hostPort;
}

async function exchange(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write('hello');
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return bytes.toString();
}

function isFree(port: number): boolean {
  try {
    releasePorts(reservePorts([{ ...wanted, hostPort: port }]));
    return true;
  } catch {
    return false;
  }
}

/** A program that waits until somebody writes to `fifo`, and then removes `file`. */
function writeRelease(id: string, file: string, fifo?: string): void {
  const program = new ProgramBuilder();
  if (fifo !== undefined) program.call('waiting', 'openat', [k.AT_FDCWD, fifo, k.O_RDONLY]);
  program.call('removing', 'unlinkat', [k.AT_FDCWD, file, 0]);
  writeFileSync(join(bundleOf(id), 'release'), encodePhase(program.end()));
}

function marker(id: string): string {
  const path = join(store.root, `marker-${id}`);
  writeFileSync(path, '');
  return path;
}

test('a port is relayed while the container lives, and free when its end is told; what was done for it is taken back before', async () => {
  const id = startDetached(store, 'exec sleep 1000');
  const port = publish(id);
  expect(await exchange(port)).toBe('hello');
  expect(isFree(port)).toBe(false);
  const file = marker(id);
  const fifo = join(store.root, `fifo-${id}`);
  execFileSync('mkfifo', [fifo]);
  writeRelease(id, file, fifo);
  const { pid } = stateOf(store, id);
  process.kill(pid!, 'SIGKILL');
  await eventually('the process ends', () => !existsSync(`/proc/${pid}`));
  expect([isFree(port), existsSync(file), stateOf(store, id).status]).toEqual([false, true, 'running']);
  openSync(fifo, 'w');
  expect(store.tsdocker('wait', id).stdout).toBe('137\n');
  expect([isFree(port), existsSync(file), stateOf(store, id).status]).toEqual([true, false, 'exited']);
});

test('what was done for a container with --rm is taken back, too', async () => {
  const id = startDetached(store, 'exec sleep 1000', '--rm');
  const port = publish(id);
  const file = marker(id);
  writeRelease(id, file);
  store.tsdocker('kill', id);
  await eventually('the container goes', () => !existsSync(bundleOf(id)));
  expect([isFree(port), existsSync(file)]).toEqual([true, false]);
});

test('a program that hangs is given up after a while', { timeout: 60_000 }, async () => {
  const id = startDetached(store, 'exec sleep 1000');
  const fifo = join(store.root, `fifo-${id}`);
  execFileSync('mkfifo', [fifo]);
  writeRelease(id, fifo, fifo);
  store.tsdocker('kill', id);
  expect(store.tsdocker('wait', id).stdout).toBe('137\n');
  expect(existsSync(fifo)).toBe(true);
});

test('doors outlast the restarts of their container', async () => {
  const id = startDetached(store, 'exec sleep 1000', '--restart', 'always');
  const shim = connectShim(id);
  const port = publish(id);
  sendFrame(shim, toShim.policy, [2, 0]);
  const { pid } = stateOf(store, id);
  process.kill(pid!, 'SIGKILL');
  await eventually('it runs again', () => stateOf(store, id).restarts === 1 && stateOf(store, id).status === 'running');
  expect(await exchange(port)).toBe('hello');
  kernel.close(shim);
  store.tsdocker('rm', '-f', id);
  expect(isFree(port)).toBe(true);
});

/** Sends a frame, and gives what FRAME_DONE says. */
function ask(shim: number, kind: number, words: readonly number[]): number {
  sendFrame(shim, kind, words);
  return readInt32(readFrame(shim, 10_000)!.bytes, 0);
}

test('doors that are shut are closed when that is answered, with their child and its connections', async () => {
  const id = startDetached(store, 'exec sleep 1000');
  const port = publish(id);
  const socket = connect(port, '127.0.0.1');
  socket.write('hello');
  await once(socket, 'data');
  const closed = new Promise((resolve) => socket.on('error', () => {}).on('close', resolve));
  const shim = connectShim(id);
  expect(ask(shim, toShim.shut, [doorKind.resolver])).toBe(0);
  expect(isFree(port)).toBe(false);
  expect(ask(shim, toShim.shut, [doorKind.relay])).toBe(0);
  expect(isFree(port)).toBe(true);
  await closed;
  expect(ask(shim, toShim.shut, [7])).toBe(-22);
  kernel.close(shim);
});

test('what is no socket, or another one than it is said to be, is no door', () => {
  const id = startDetached(store, 'exec sleep 1000');
  const [reserved] = reservePorts([wanted]) as [ReservedPort];
  const nothing = kernel.openat(k.AT_FDCWD, '/dev/null', k.O_RDWR);
  for (const [protocol, descriptor] of [
    ['udp', reserved.socket],
    ['tcp', nothing],
  ] as const) {
    const shim = connectShim(id);
    sendDoor(shim, { kind: 'relay', protocol, target }, descriptor);
    expect(readFrame(shim, 10_000)).toBeUndefined(); // dropped
    kernel.close(shim);
  }
  kernel.close(nothing);
  releasePorts([reserved]);
});

const descriptorsOf = (pid: number): string[] =>
  readdirSync(`/proc/${pid}/fd`).map((each) => readlinkSync(`/proc/${pid}/fd/${each}`));

test('no process of the container has a door, and the child that serves has nothing else and no rights', async () => {
  const id = startDetached(store, 'exec sleep 1000');
  const port = publish(id);
  await exchange(port);
  const { pid } = stateOf(store, id);
  const shim = Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);
  const children = readFileSync(`/proc/${shim}/task/${shim}/children`, 'utf8').trim().split(' ').map(Number);
  const relay = children.find((child) => readFileSync(`/proc/${child}/comm`, 'utf8') === 'tsdocker-relay\n')!;
  const sockets = await eventually('the connection is over', () => {
    const all = descriptorsOf(relay).filter((each) => each.startsWith('socket:'));
    return all.length === 1 && all;
  });
  expect(descriptorsOf(pid!)).not.toContain(sockets[0]);
  const listed = store.tsdocker('exec', id, 'ls', '-l', '/proc/self/fd').stdout;
  expect(listed).toContain(' 2 -> ');
  expect(listed).not.toContain('socket:');
  const others = descriptorsOf(relay).filter((each) => !/^(socket|pipe|anon_inode):|^\/dev\/null$/.test(each));
  expect(others).toEqual([]);
  const status = readFileSync(`/proc/${relay}/status`, 'utf8');
  expect(status).toMatch(/^Uid:\t65534\t65534\t65534\t65534$/m);
  expect(status).toMatch(/^Gid:\t65534\t65534\t65534\t65534$/m);
  expect(status).toMatch(/^Groups:\t *$/m);
  expect(status).toMatch(/^Cap(Prm|Eff):\t0+$/m);
  expect(status).toMatch(/^NoNewPrivs:\t1$/m);
  expect(status).toMatch(/^Seccomp:\t2$/m);
  process.kill(shim, 'SIGKILL');
  await eventually('the child ends with the shim', () => !existsSync(`/proc/${relay}`));
});

test('3,000 doors are served by one shim, and all are closed at the end', async () => {
  const id = startDetached(store, 'exec sleep 1000');
  const shim = connectShim(id);
  const reserved = reservePorts(Array.from({ length: 3000 }, () => wanted));
  const to = { ...target, port: (echo.address() as AddressInfo).port };
  for (const { socket } of reserved) sendDoor(shim, { kind: 'relay', protocol: 'tcp', target: to }, socket);
  expect(ask(shim, toShim.policy, [0, 0])).toBe(0);
  releasePorts(reserved);
  for (const index of [0, 1500, 2999]) expect(await exchange(reserved[index]!.hostPort)).toBe('hello');
  kernel.close(shim);
  store.tsdocker('kill', id);
  store.tsdocker('wait', id);
  for (const { hostPort } of reserved) expect(isFree(hostPort)).toBe(true);
});

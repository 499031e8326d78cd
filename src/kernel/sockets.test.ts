import { expect, test } from 'vitest';
import { AF_INET, AF_NETLINK, SOCK_CLOEXEC, SOCK_RAW, SOCK_STREAM, SOL_SOCKET } from './constants.ts';
import { recordingKernel } from './recording.ts';

test('sockets are close-on-exec', () => {
  const { kernel, calls } = recordingKernel({ socket: [7] });
  expect(kernel.socket(AF_NETLINK, SOCK_RAW, 12)).toBe(7);
  kernel.socket(AF_INET, SOCK_STREAM);
  expect(calls).toEqual([
    ['socket', AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 12],
    ['socket', AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0],
  ]);
});

test('an address goes as it is, a path as that of a unix socket', () => {
  const { kernel, calls } = recordingKernel();
  const address = Uint8Array.of(2, 0, 0, 80, 127, 0, 0, 1);
  kernel.bind(3, address);
  kernel.connect(3, address);
  kernel.connect(3, '/s');
  kernel.listen(3, 128);
  expect(calls).toEqual([
    ['bind', 3, address, 8],
    ['connect', 3, address, 8],
    ['connect', 3, Uint8Array.of(1, 0, 0x2f, 0x73, 0), 5],
    ['listen', 3, 128],
  ]);
});

test('a path that is too long for a unix socket is cut before its NUL', () => {
  const { kernel, calls } = recordingKernel();
  kernel.connect(3, 'x'.repeat(200));
  const [, , address, size] = calls[0]!;
  expect(size).toBe(110);
  expect((address as Uint8Array).at(-1)).toBe(0);
});

test('an option is an int, or bytes', () => {
  const { kernel, calls } = recordingKernel();
  kernel.setsockopt(3, SOL_SOCKET, 2, -1);
  kernel.setsockopt(3, SOL_SOCKET, 2, Uint8Array.of(9));
  expect(calls).toEqual([
    ['setsockopt', 3, SOL_SOCKET, 2, Uint8Array.of(255, 255, 255, 255), 4],
    ['setsockopt', 3, SOL_SOCKET, 2, Uint8Array.of(9), 1],
  ]);
});

test('what a socket is bound to is as long as the kernel says', () => {
  expect(recordingKernel().kernel.getsockname(3)).toHaveLength(128);
});

test('recv tells how long the datagram was, of a memory that may be shorter', () => {
  const { kernel, calls } = recordingKernel({ recvfrom: [9000, -11] });
  const memory = new Uint8Array(16);
  expect(kernel.recv(3, memory, 0x60)).toBe(9000);
  expect(calls).toEqual([['recvfrom', 3, memory, 16, 0x60, null, null]]);
  expect(() => kernel.recv(3, memory, 0)).toThrow(/EAGAIN/);
});

test('namespaces are left and entered by flags', () => {
  const { kernel, calls } = recordingKernel();
  kernel.unshare(0x40000000);
  kernel.setns(5, 0x40000000);
  expect(calls).toEqual([
    ['unshare', 0x40000000],
    ['setns', 5, 0x40000000],
  ]);
});

// System calls on sockets, used from the host side.
import { AF_UNIX, MSG_NOSIGNAL, SCM_RIGHTS, SIOCETHTOOL, SOCK_CLOEXEC, SOL_SOCKET } from './constants.ts';
import { native } from './ffi.ts';
import type { Invoke } from './invoke.ts';
import { readInt32, readUint32, structure } from './memory.ts';

/** sun_path of unix(7), its NUL included. */
const longestPath = 108;
/** sockaddr_storage: room for the address of any family. */
const longestAddress = 128;

export function socketCalls(invoke: Invoke) {
  return {
    /** socketpair(2) of AF_UNIX sockets, close-on-exec; both belong to the caller. */
    socketpair(type: number): [number, number] {
      const pair = new Uint8Array(8);
      invoke('socketpair', AF_UNIX, type | SOCK_CLOEXEC, 0, pair);
      return [readInt32(pair, 0), readInt32(pair, 4)];
    },

    /** socket(2), close-on-exec; the caller's. */
    socket: (family: number, type: number, protocol = 0): number =>
      invoke('socket', family, type | SOCK_CLOEXEC, protocol),

    /** socket(2) of AF_UNIX, close-on-exec; the caller's. */
    unixSocket: (type: number): number => invoke('socket', AF_UNIX, type | SOCK_CLOEXEC, 0),

    /** bind(2) to `address`, a whole sockaddr of the socket's family. */
    bind(socket: number, address: Uint8Array): void {
      invoke('bind', socket, address, address.byteLength);
    },

    /** getsockname(2): the sockaddr that the socket is bound to. */
    getsockname(socket: number): Uint8Array {
      const address = new Uint8Array(longestAddress);
      const size = structure([4, longestAddress]);
      invoke('getsockname', socket, address, size);
      return address.subarray(0, Math.min(readUint32(size, 0), longestAddress));
    },

    /** listen(2). */
    listen(socket: number, backlog: number): void {
      invoke('listen', socket, backlog);
    },

    /** setsockopt(2): a number goes as an int. */
    setsockopt(socket: number, level: number, option: number, value: Uint8Array | number): void {
      const memory = typeof value === 'number' ? structure([4, value]) : value;
      invoke('setsockopt', socket, level, option, memory, memory.byteLength);
    },

    /** recv(2): how many bytes came; with MSG_TRUNC how many the datagram had, even where `memory` is shorter. */
    recv: (socket: number, memory: Uint8Array, flags: number): number =>
      invoke('recvfrom', socket, memory, memory.byteLength, flags, null, null),

    /**
     * ioctl(2), SIOCETHTOOL with ETHTOOL_GLINK: whether the interface `name` has a carrier, in the network namespace of `socket`, which
     * may be of any family. The kernel first does for the interface what a change of carrier has left to do.
     */
    hasCarrier(socket: number, name: string): boolean {
      const { addressOf } = native();
      const question = structure([4, 0x0a /* ETHTOOL_GLINK */], [4, 0]);
      const request = new Uint8Array(40); // struct ifreq: a name of 16 bytes, a pointer
      request.set(new TextEncoder().encode(name).subarray(0, 15));
      request.set(structure([8, addressOf(question)]), 16);
      invoke('ioctl', socket, SIOCETHTOOL, request);
      return readUint32(question, 4) !== 0;
    },

    /** connect(2) to the unix socket at the path `address`, of at most 107 bytes, or to a whole sockaddr. */
    connect(socket: number, address: string | Uint8Array): void {
      const whole = typeof address === 'string' ? unixAddress(address) : address;
      invoke('connect', socket, whole, whole.byteLength);
    },

    /** send(2), all of it and without SIGPIPE. */
    send(socket: number, bytes: Uint8Array): void {
      for (let rest = bytes; rest.byteLength > 0; ) {
        rest = rest.subarray(invoke('sendto', socket, rest, rest.byteLength, MSG_NOSIGNAL, null, 0));
      }
    },

    /** sendmsg(2) with one descriptor beside the bytes; it stays the caller's too. Returns how many bytes were taken. */
    sendDescriptor(socket: number, bytes: Uint8Array, descriptor: number): number {
      const { addressOf } = native();
      const rights = structure([8, 20], [4, SOL_SOCKET], [4, SCM_RIGHTS], [4, descriptor], [4, 0]);
      const vector = structure([8, addressOf(bytes)], [8, bytes.byteLength]);
      const message = structure(
        [8, 0],
        [8, 0],
        [8, addressOf(vector)],
        [8, 1],
        [8, addressOf(rights)],
        [8, 24],
        [8, 0],
      );
      return invoke('sendmsg', socket, message, MSG_NOSIGNAL);
    },
  };
}

function unixAddress(path: string): Uint8Array {
  const name = new TextEncoder().encode(path).subarray(0, longestPath - 1);
  const address = new Uint8Array(2 + name.byteLength + 1);
  address[0] = AF_UNIX;
  address.set(name, 2);
  return address;
}

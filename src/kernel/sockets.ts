// System calls on unix sockets, used from the host side.
import { AF_UNIX, MSG_NOSIGNAL, SCM_RIGHTS, SOCK_CLOEXEC, SOL_SOCKET } from './constants.ts';
import { native } from './ffi.ts';
import type { Invoke } from './invoke.ts';
import { readInt32, structure } from './memory.ts';

/** sun_path of unix(7), its NUL included. */
const longestPath = 108;

export function socketCalls(invoke: Invoke) {
  return {
    /** socketpair(2) of AF_UNIX sockets, close-on-exec; both belong to the caller. */
    socketpair(type: number): [number, number] {
      const pair = new Uint8Array(8);
      invoke('socketpair', AF_UNIX, type | SOCK_CLOEXEC, 0, pair);
      return [readInt32(pair, 0), readInt32(pair, 4)];
    },

    /** socket(2) of AF_UNIX, close-on-exec; the caller's. */
    unixSocket: (type: number): number => invoke('socket', AF_UNIX, type | SOCK_CLOEXEC, 0),

    /** connect(2) to the socket at `path`, of at most 107 bytes. */
    connect(socket: number, path: string): void {
      const name = new TextEncoder().encode(path);
      const address = new Uint8Array(2 + longestPath);
      address[0] = AF_UNIX;
      address.set(name.subarray(0, longestPath - 1), 2);
      invoke('connect', socket, address, 2 + name.byteLength + 1);
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

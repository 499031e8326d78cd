// System calls on processes and namespaces, used from the host side.
import { CAPABILITY_VERSION_3 } from './constants.ts';
import type { Invoke } from './invoke.ts';
import { readInt32, structure } from './memory.ts';

export function processCalls(invoke: Invoke) {
  return {
    /** kill(2). */
    kill(pid: number, signal: number): void {
      invoke('kill', pid, signal);
    },

    /** wait4(2): the wait status of the child `pid`, or undefined where WNOHANG is given and it still runs. */
    wait4(pid: number, options = 0): number | undefined {
      const status = new Uint8Array(4);
      return invoke('wait4', pid, status, options, null) === 0 ? undefined : readInt32(status, 0);
    },

    /** poll(2) on one descriptor: true where `events` came within `milliseconds` (-1: for ever). */
    poll(descriptor: number, events: number, milliseconds: number): boolean {
      const timeout =
        milliseconds < 0
          ? null
          : structure([8, Math.floor(milliseconds / 1000)], [8, (milliseconds % 1000) * 1_000_000]);
      return invoke('ppoll', structure([4, descriptor], [2, events], [2, 0]), 1, timeout, null, 8) > 0;
    },

    /** clock_gettime(2) of CLOCK_REALTIME: nanoseconds since the epoch. */
    realTime(): bigint {
      const time = new Uint8Array(16);
      invoke('clock_gettime', 0, time);
      const view = new DataView(time.buffer);
      return view.getBigInt64(0, true) * 1_000_000_000n + view.getBigInt64(8, true);
    },

    /** getrandom(2): `size` bytes, at most 256. */
    getrandom(size: number): Uint8Array {
      const bytes = new Uint8Array(size);
      invoke('getrandom', bytes, size, 0);
      return bytes;
    },

    /**
     * setfsuid(2), setfsgid(2), of this thread: whom files are made as. Capabilities stay as they are permitted, where leaving id 0
     * would take those for files (capabilities(7), "Effect of user ID changes on capabilities").
     */
    setFileOwner(uid: number, gid: number): void {
      invoke('setfsgid', gid);
      invoke('setfsuid', uid);
      const header = structure([4, CAPABILITY_VERSION_3], [4, 0]);
      const sets = new Uint8Array(24);
      invoke('capget', header, sets);
      sets.copyWithin(0, 4, 8); // effective, permitted, inheritable: the low words, then the high ones
      sets.copyWithin(12, 16, 20);
      invoke('capset', header, sets);
    },

    /** unshare(2), of this thread alone. */
    unshare(flags: number): void {
      invoke('unshare', flags);
    },

    /** setns(2), of this thread alone: into the namespace `descriptor`, which has to be of the type that `flags` say. */
    setns(descriptor: number, flags: number): void {
      invoke('setns', descriptor, flags);
    },

    /** bpf(2). */
    bpf: (command: number, attributes: Uint8Array): number => invoke('bpf', command, attributes, attributes.byteLength),
  };
}

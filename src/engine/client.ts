// What becomes of the command once its container runs: the small client in C that relays and waits (native/attach.c). The
// JavaScript engine with its tens of megabytes is gone from then on.
import { join } from 'node:path';
import * as k from '../kernel/constants.ts';
import { kernel } from '../kernel/index.ts';
import { nativeFolder } from '../kernel/native.ts';
import type { WindowSize } from '../launch/devices.ts';

export interface ClientOptions {
  /** The process has a terminal. */
  readonly terminal: boolean;
  /** The caller's input is relayed. */
  readonly stdin: boolean;
  /** The caller's signals are passed on. */
  readonly signals: boolean;
  /** Bytes that, typed one after the other, leave the process to itself. */
  readonly detachKeys: readonly number[];
}

/** Replaces this process by the client of a process in a container. @param connection To its shim. */
export function becomeClient(connection: number, { terminal, stdin, signals, detachKeys }: ClientOptions): never {
  const kept = kernel.fcntl(connection, k.F_DUPFD, 3); // without close-on-exec
  const words = [
    ...(terminal ? ['terminal'] : []),
    ...(stdin ? ['stdin'] : []),
    ...(signals ? ['signals'] : []),
    ...(terminal && stdin ? [`keys=${detachKeys.join(',')}`] : []),
  ];
  process.execve!(join(nativeFolder, 'tsdocker-attach'), ['tsdocker-attach', String(kept), ...words], {});
  throw new Error('execve returned');
}

/** Whether a descriptor of this process is a terminal (isatty(3)). */
export function isTerminal(descriptor: number): boolean {
  try {
    kernel.ioctl(descriptor, k.TCGETS, new Uint8Array(64));
    return true;
  } catch {
    return false;
  }
}

/** The size of the terminal that this process has, if any. */
export function windowSize(): WindowSize | undefined {
  const memory = new Uint8Array(8);
  for (const descriptor of [0, 1, 2]) {
    try {
      kernel.ioctl(descriptor, k.TIOCGWINSZ, memory);
      const view = new DataView(memory.buffer);
      return { height: view.getUint16(0, true), width: view.getUint16(2, true) };
    } catch {
      // not a terminal: the next one may be
    }
  }
  return undefined;
}

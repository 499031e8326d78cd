// Talking to the shim of a container, at once: what the command line does before it becomes a client, or ends. conversation.ts
// is for whoever must not wait.
import { TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import { failedWith, kernel } from '../kernel/index.ts';
import { readInt32 } from '../kernel/memory.ts';
import { doorKind, fromShim, readFrame, sendFrame, toShim } from '../launch/frames.ts';
import type { RestartPolicy } from '../spec/run-options.ts';
import { bundlePath } from '../store/bundles.ts';
import type { ContainerRecord } from '../store/containers.ts';
import type { Store } from '../store/store.ts';
import { policyNumber } from './shim-words.ts';

/** A connection to the container's shim, the caller's to close. Undefined where it has none. */
export function connectShim(store: Pick<Store, 'paths'>, id: string): number | undefined {
  const socket = kernel.unixSocket(k.SOCK_STREAM);
  let folder: number | undefined;
  try {
    // The path of a bundle may be longer than an address may be.
    folder = kernel.openat(k.AT_FDCWD, bundlePath(store, id), k.O_PATH | k.O_DIRECTORY);
    kernel.connect(socket, `/proc/self/fd/${folder}/socket`);
    return socket;
  } catch (error) {
    kernel.close(socket);
    if (failedWith(error, 'ENOENT', 'ECONNREFUSED')) return undefined;
    throw error;
  } finally {
    if (folder !== undefined) kernel.close(folder);
  }
}

/** Throws `conflict`. */
export function needShim(store: Pick<Store, 'paths'>, { id, name }: Pick<ContainerRecord, 'id' | 'name'>): number {
  const socket = connectShim(store, id);
  if (socket !== undefined) return socket;
  throw new TsdockerError('conflict', `the container ${name} is not running`, {
    hint: `tsdocker start ${name} starts it`,
  });
}

/** How long a shim may take to answer: milliseconds. */
const patience = 10_000;

/** Asks something that the shim answers with whether it was done. Returns 0, or -errno. Throws `conflict` and `kernel`. */
function ask(
  store: Pick<Store, 'paths'>,
  record: Pick<ContainerRecord, 'id' | 'name'>,
  kind: number,
  words: readonly number[],
): number {
  const socket = needShim(store, record);
  try {
    sendFrame(socket, kind, words);
    for (;;) {
      const frame = readFrame(socket, patience);
      if (frame === undefined)
        throw new TsdockerError('kernel', `the shim of the container ${record.name} does not answer`);
      if (frame.kind === fromShim.done) return readInt32(frame.bytes, 0);
      if (frame.kind === fromShim.exited)
        throw new TsdockerError('conflict', `the container ${record.name} has just ended`);
    }
  } finally {
    kernel.close(socket);
  }
}

/** Changes what the shim does when the container ends. Throws `conflict` where it does not run. */
export function setRestartPolicy(
  store: Pick<Store, 'paths'>,
  record: Pick<ContainerRecord, 'id' | 'name'>,
  { name, maximum }: RestartPolicy,
): void {
  ask(store, record, toShim.policy, [policyNumber[name], maximum]);
}

/** Freezes every process of the container, or lets them go on. False where that was so already. Throws `conflict`. */
export const setPaused = (
  store: Pick<Store, 'paths'>,
  record: Pick<ContainerRecord, 'id' | 'name'>,
  paused: boolean,
): boolean => ask(store, record, toShim.pause, [paused ? 1 : 0]) === 0;

/** Sends a signal to the first process. Throws `conflict`. */
export function signalContainer(
  store: Pick<Store, 'paths'>,
  record: Pick<ContainerRecord, 'id' | 'name'>,
  signal: number,
): void {
  const socket = needShim(store, record);
  try {
    sendFrame(socket, toShim.signal, [signal]);
    // Answered in order: when this has been, the signal was sent.
    sendFrame(socket, toShim.attach, [0]);
    readFrame(socket, patience);
  } finally {
    kernel.close(socket);
  }
}

/** Closes the sockets of one kind that the shim keeps, and ends what serves them. Throws `conflict`. */
export function shutDoors(
  store: Pick<Store, 'paths'>,
  record: Pick<ContainerRecord, 'id' | 'name'>,
  kind: keyof typeof doorKind,
): void {
  ask(store, record, toShim.shut, [doorKind[kind]]);
}

// Waiting for the end of a container.
import { TsdockerError } from '../error.ts';
import { readInt32 } from '../kernel/memory.ts';
import { fromShim } from '../launch/frames.ts';
import { readBundleState } from '../store/bundles.ts';
import { type ContainerRecord, findContainer } from '../store/containers.ts';
import type { Store } from '../store/store.ts';
import { type Conversation, converse } from './conversation.ts';
import { connectShim } from './shim.ts';

export interface Exit {
  /** The command's own, or 128 and the signal's number. */
  readonly exitCode: number;
  /** The kernel killed a process of the container for memory. */
  readonly oomKilled: boolean;
}

/**
 * Resolves when the container does not run: at once for one that does not, and at the first end of one that is going to be
 * started again. Throws `notFound`, and what `signal` was aborted with.
 */
export async function waitForContainer(store: Store, text: string, signal?: AbortSignal): Promise<Exit> {
  const { record } = findContainer(store, text);
  const socket = connectShim(store, record.id);
  if (socket !== undefined) {
    using conversation = await converse(socket);
    const exit = await exitOf(conversation, signal);
    if (exit !== undefined) return exit;
  }
  await untilSettled(store, record.id, signal);
  return recordedExit(store, record);
}

/** A shim that ends takes its socket away before it writes what its container ended with. Throws what `signal` was aborted with. */
export async function untilSettled(store: Store, id: string, signal?: AbortSignal): Promise<void> {
  for (;;) {
    signal?.throwIfAborted();
    const status = readBundleState(store, id)?.status;
    if (status !== 'running' && status !== 'paused' && status !== 'restarting') return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The end that the shim tells of; undefined where it was killed first. Throws what `signal` was aborted with. */
export async function exitOf(conversation: Conversation, signal?: AbortSignal): Promise<Exit | undefined> {
  const giveUp = () => conversation[Symbol.dispose]();
  signal?.throwIfAborted();
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    for await (const { kind, bytes } of conversation.frames) {
      if (kind === fromShim.exited) return { exitCode: readInt32(bytes, 0), oomKilled: readInt32(bytes, 4) !== 0 };
    }
    signal?.throwIfAborted();
    return undefined;
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
}

/** Of a container without a shim. One that removed itself is gone with what it ended with. */
function recordedExit(store: Store, { id, name }: ContainerRecord): Exit {
  const state = readBundleState(store, id);
  if (state === undefined) throw new TsdockerError('notFound', `the container ${name} was removed`);
  if (state.status === 'dead') return { exitCode: 137, oomKilled: false };
  return state.status === 'exited'
    ? { exitCode: state.exitCode, oomKilled: state.oomKilled }
    : { exitCode: 0, oomKilled: false };
}

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
  if (socket === undefined) return recordedExit(store, record);
  using conversation = await converse(socket);
  return (await exitOf(conversation, signal)) ?? recordedExit(store, record);
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

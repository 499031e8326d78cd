// Attaching to a container that runs (docker attach).
import { TsdockerError } from '../error.ts';
import { kernel } from '../kernel/index.ts';
import { sendFrame, toShim } from '../launch/frames.ts';
import { type ContainerRecord, findContainer } from '../store/containers.ts';
import { containerEvent } from '../store/events.ts';
import type { Store } from '../store/store.ts';
import { needShim } from './shim.ts';
import { type FirstClient, wantsOf } from './shim-words.ts';

export interface Attached {
  readonly record: ContainerRecord;
  /** To its shim (launch/frames.ts): the caller's. */
  readonly connection: number;
}

/** Throws `notFound`, and `conflict` where it does not run or is paused. */
export function attachContainer(store: Store, text: string, client: FirstClient): Attached {
  const { record, state } = findContainer(store, text);
  if (state.status === 'paused' || state.status === 'restarting') {
    const hint = state.status === 'paused' ? { hint: `tsdocker unpause ${record.name} lets it go on` } : {};
    throw new TsdockerError('conflict', `cannot attach to ${record.name}: the container is ${state.status}`, hint);
  }
  const connection = needShim(store, record);
  try {
    sendFrame(connection, toShim.attach, [wantsOf(client)]);
  } catch (error) {
    kernel.close(connection);
    throw error;
  }
  containerEvent(store, record, 'attach');
  return { record, connection };
}

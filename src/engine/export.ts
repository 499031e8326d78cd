// Export: the root of a container, running or not, as a tar, without what is mounted in it: what stands beneath is what is
// written, as in Docker.
import { setImmediate } from 'node:timers/promises';
import { tarTree } from '../archive/tree-tar.ts';
import { TsdockerError } from '../error.ts';
import { readBundleState } from '../store/bundles.ts';
import { findContainer } from '../store/containers.ts';
import { containerEvent } from '../store/events.ts';
import type { Store } from '../store/store.ts';
import { openContainerRoot } from './container-root.ts';

/**
 * The tar, as it is read. While it is read it throws `notFound` and `corrupt` before the first byte, and `conflict` where the
 * container was removed meanwhile.
 */
export async function* exportContainer(store: Store, text: string): AsyncGenerator<Uint8Array> {
  const listed = findContainer(store, text);
  const { record } = listed;
  using root = openContainerRoot(store, listed, { mounts: false });
  for (const piece of tarTree(root.descriptor, { owner: root.owners.inside })) {
    yield piece;
    await setImmediate(); // signals have their turn
  }
  // Its files went one by one: nobody knows which are in the archive.
  if (readBundleState(store, record.id) === undefined) {
    throw new TsdockerError('conflict', `the container ${record.name} was removed while it was exported`);
  }
  containerEvent(store, record, 'export');
}

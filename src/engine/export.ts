// Export: the root of a container, running or not, as a tar. It is read in a view of its own, where the host's and the container's
// mounts are not: what stands beneath them is what is written, as in Docker.
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { tarTree } from '../archive/tree-tar.ts';
import { TsdockerError } from '../error.ts';
import { findLayer, type LayerPlace } from '../layer/place.ts';
import { bundlePath, readBundleState } from '../store/bundles.ts';
import { type ContainerRecord, findContainer } from '../store/containers.ts';
import type { Store } from '../store/store.ts';
import { openView } from './view.ts';

/**
 * The tar, as it is read. While it is read it throws `notFound` and `corrupt` before the first byte, and `conflict` where the
 * container was removed meanwhile.
 */
export async function* exportContainer(store: Store, text: string): AsyncGenerator<Uint8Array> {
  const { record } = findContainer(store, text);
  using root = openView(store, layersOf(store, record), join(bundlePath(store, record.id), 'upper'));
  for (const piece of tarTree(root.descriptor)) {
    yield piece;
    await setImmediate(); // signals have their turn
  }
  // Its files went one by one: nobody knows which are in the archive.
  if (readBundleState(store, record.id) === undefined) {
    throw new TsdockerError('conflict', `the container ${record.name} was removed while it was exported`);
  }
}

/** The topmost first. */
function layersOf(store: Store, { name, chain }: ContainerRecord): LayerPlace[] {
  return chain.toReversed().map((id) => {
    const layer = findLayer(store.paths.layer, id);
    if (layer !== undefined) return layer;
    throw new TsdockerError('corrupt', `the layer ${id} of the container ${name} is missing from the store`, {
      hint: 'pull the image again',
    });
  });
}

// The layers of a container, as its record names them.
import { TsdockerError } from '../error.ts';
import { findLayer, type LayerPlace } from '../layer/place.ts';
import type { ContainerRecord } from '../store/containers.ts';
import type { Store } from '../store/store.ts';

/** The topmost first. Throws `corrupt` where one is missing. */
export function layersOf(store: Store, { name, chain }: Pick<ContainerRecord, 'name' | 'chain'>): LayerPlace[] {
  return chain.toReversed().map((id) => {
    const layer = findLayer(store.paths.layer, id);
    if (layer !== undefined) return layer;
    throw new TsdockerError('corrupt', `the layer ${id} of the container ${name} is missing from the store`, {
      hint: 'pull the image again',
    });
  });
}

// Opens the layers below a new one, whichever driver made them.
import { TsdockerError } from '../error.ts';
import type { ChainID } from '../image/digest.ts';
import { openLowerImage } from './erofs/lower-image.ts';
import { openLowerDirectory } from './lower-directory.ts';
import { type LowerLayers, lowerLayers } from './lower-layers.ts';
import { findLayer } from './place.ts';

export interface OpenLowerLayers extends LowerLayers, Disposable {}

/** @param folder Where the layers lie. @param chain The lowest first. The caller disposes of the result. */
export function openLowerLayers(folder: string, chain: readonly ChainID[]): OpenLowerLayers {
  using opened = new DisposableStack();
  const layers = chain.map((id) => {
    const place = findLayer(folder, id);
    if (place === undefined) throw new TsdockerError('internal', `the layer ${id} is not in the store`);
    return opened.use(place.kind === 'image' ? openLowerImage(place.path) : openLowerDirectory(place.path));
  });
  const lifetime = opened.move();
  return { ...lowerLayers(layers.reverse()), [Symbol.dispose]: () => lifetime.dispose() };
}

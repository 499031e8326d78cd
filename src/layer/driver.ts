// The layer driver interface: how the layers of an image become lower layers of an overlay (design, 2.4).
import type { ChainID } from '../image/digest.ts';
import type { LayerBlob } from './layer-blob.ts';

export interface LayerDriver {
  /**
   * Adds a layer, durably. Another process may add the same at the same time: both succeed. Throws what `readLayer` throws, and
   * what `below` is rejected with; then nothing is left.
   * @param below The layers under it, the lowest first: fulfilled as soon as they are all there, which a driver may need to
   * know before it begins or only at its end.
   */
  add(chain: ChainID, layer: LayerBlob, below: Promise<readonly ChainID[]>): Promise<void>;
}

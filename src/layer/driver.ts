// The layer driver interface: how the layers of an image become directories, the lower ones of an overlay (design, 2.4).
import type { ChainID } from '../image/digest.ts';
import type { LayerBlob } from './unpack.ts';

export interface LayerDriver {
  /** True where the layer is there, whole. */
  has(chain: ChainID): boolean;
  /**
   * Adds a layer, durably. Another process may add the same at the same time: both succeed. Throws what `unpackLayer` throws;
   * then nothing is left.
   * @param below The layers under it, the lowest first; they are there.
   */
  add(chain: ChainID, layer: LayerBlob, below: readonly ChainID[]): Promise<void>;
}

// The directory driver: a layer is a plain directory. For kernels and stores that cannot mount an image from a file.
import type { LayerDriver } from './driver.ts';
import { readLayer } from './layer-blob.ts';
import { openLowerLayers } from './open-lower.ts';
import { stageLayer } from './staging.ts';
import { openTree } from './tree.ts';

/** @param folder Where the layers lie; it exists and belongs to nobody else. */
export function directoryDriver(folder: string): LayerDriver {
  return {
    async add(chain, layer, below) {
      const lowerChain = await below;
      await stageLayer(folder, chain, async (directory) => {
        using lowers = openLowerLayers(folder, lowerChain);
        using tree = openTree(directory, lowers);
        await readLayer(layer, tree);
        tree.finish();
      });
    },
  };
}

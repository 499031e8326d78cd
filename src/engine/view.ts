// The root of an image, or of a container that does not run, to look into: mounted nowhere that anybody sees, and read-only.
import { join } from 'node:path';
import * as k from '../kernel/constants.ts';
import { kernel } from '../kernel/index.ts';
import { startHelper } from '../launch/helper.ts';
import { compileLayerNamespace, inNamespace, layerPath, viewPath } from '../launch/layer-namespace.ts';
import type { LayerPlace } from '../layer/place.ts';
import type { Store } from '../store/store.ts';
import { mountOf } from './layer-namespace.ts';
import type { ContainerRoot } from './look-up.ts';

/**
 * @param layers The topmost first, at least one.
 * @param upper The upper directory of a container, in the store.
 */
export function openView(store: Pick<Store, 'root'>, layers: readonly LayerPlace[], upper?: string): ContainerRoot {
  const images = layers.filter(({ kind }) => kind === 'image');
  const shown = [
    ...(upper === undefined ? [] : [inNamespace(store.root, upper)]),
    ...layers.map(({ kind, name, path }) => (kind === 'image' ? layerPath(name) : inNamespace(store.root, path))),
  ];
  // An overlay wants two layers.
  const view = shown.length > 1 ? { layers: shown } : undefined;
  const phase = compileLayerNamespace(
    store.root,
    images.map((image) => mountOf(store, image)),
    view,
  );
  // The mounts go on with the descriptor when the namespace is gone with the helper.
  using helper = startHelper(phase, { namespaces: k.CLONE_NEWNS });
  const path = join(`/proc/${helper.pid}/root`, view === undefined ? shown[0]! : viewPath);
  const descriptor = kernel.openat(k.AT_FDCWD, path, k.O_PATH | k.O_DIRECTORY);
  return { descriptor, [Symbol.dispose]: () => kernel.close(descriptor) };
}

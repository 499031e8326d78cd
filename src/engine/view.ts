// The root of an image, or of a container that does not run, to look into: mounted nowhere that anybody sees. For containers go
// by container-root.ts, which knows whether they run.
import { join } from 'node:path';
import * as k from '../kernel/constants.ts';
import { kernel } from '../kernel/index.ts';
import { startHelper } from '../launch/helper.ts';
import {
  compileLayerNamespace,
  emptyPath,
  inNamespace,
  layerPath,
  type View,
  viewPath,
} from '../launch/layer-namespace.ts';
import type { LayerPlace } from '../layer/place.ts';
import type { Store } from '../store/store.ts';
import { mountOf } from './layer-namespace.ts';
import type { ContainerRoot } from './look-up.ts';

/**
 * Read-only.
 * @param layers The topmost first.
 * @param upper The upper directory of a container, in the store.
 */
export function openView(store: Pick<Store, 'root'>, layers: readonly LayerPlace[], upper?: string): ContainerRoot {
  const shown = [...(upper === undefined ? [] : [inNamespace(store.root, upper)]), ...shownLayers(store, layers)];
  // An overlay wants two layers.
  return open(store, layers, shown.length > 1 ? { layers: shown } : (shown[0] ?? emptyPath));
}

/**
 * The same, and what is written goes to the container's upper directory. The caller holds the bundle's lock for as long as it is
 * open: two overlays over one upper directory are undefined (overlayfs.rst, "Sharing and copying layers").
 */
export function openWritableView(
  store: Pick<Store, 'root'>,
  layers: readonly LayerPlace[],
  bundle: string,
): ContainerRoot {
  const shown = shownLayers(store, layers);
  const [upper, work] = ['upper', 'work'].map((name) => inNamespace(store.root, join(bundle, name)));
  const changes = { upper: upper!, work: work! };
  return open(store, layers, { layers: shown.length > 0 ? shown : [emptyPath], changes });
}

const shownLayers = (store: Pick<Store, 'root'>, layers: readonly LayerPlace[]): string[] =>
  layers.map(({ kind, name, path }) => (kind === 'image' ? layerPath(name) : inNamespace(store.root, path)));

/** @param view An overlay to be mounted, or what stands for it: a path of the namespace. */
function open(store: Pick<Store, 'root'>, layers: readonly LayerPlace[], view: View | string): ContainerRoot {
  const images = layers.filter(({ kind }) => kind === 'image').map((image) => mountOf(store, image));
  const phase = compileLayerNamespace(store.root, images, typeof view === 'string' ? undefined : view);
  // The mounts go on with the descriptor when the namespace is gone with the helper.
  using helper = startHelper(phase, { namespaces: k.CLONE_NEWNS });
  const path = join(`/proc/${helper.pid}/root`, typeof view === 'string' ? view : viewPath);
  const descriptor = kernel.openat(k.AT_FDCWD, path, k.O_PATH | k.O_DIRECTORY);
  return { descriptor, [Symbol.dispose]: () => kernel.close(descriptor) };
}

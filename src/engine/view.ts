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
import type { Mount } from '../spec/types.ts';
import type { Store } from '../store/store.ts';
import { mountOf } from './layer-namespace.ts';
import type { ContainerRoot } from './look-up.ts';

/**
 * Read-only.
 * @param layers The topmost first.
 * @param upper The upper directory of a container, in the store.
 * @param binds What is mounted in it.
 */
export function openView(
  store: Pick<Store, 'root'>,
  layers: readonly LayerPlace[],
  upper?: string,
  binds: readonly Mount[] = [],
): ContainerRoot {
  const shown = [...(upper === undefined ? [] : [inNamespace(store.root, upper)]), ...shownLayers(store, layers)];
  if (binds.length > 0) shown.push(emptyPath);
  // An overlay wants two layers.
  return open(store, layers, shown.length > 1 ? { layers: shown, binds } : (shown[0] ?? emptyPath));
}

/**
 * The same, and what is written goes to the container's upper directory. The caller holds the bundle's lock for as long as it is
 * open: two overlays over one upper directory are undefined (overlayfs.rst, "Sharing and copying layers").
 */
export function openWritableView(
  store: Pick<Store, 'root'>,
  layers: readonly LayerPlace[],
  bundle: string,
  binds: readonly Mount[],
): ContainerRoot {
  const shown = shownLayers(store, layers);
  const [upper, work] = ['upper', 'work'].map((name) => inNamespace(store.root, join(bundle, name)));
  const changes = { upper: upper!, work: work! };
  return open(store, layers, { layers: shown.length > 0 ? shown : [emptyPath], changes, binds });
}

const shownLayers = (store: Pick<Store, 'root'>, layers: readonly LayerPlace[]): string[] =>
  layers.map(({ kind, name, path }) => (kind === 'image' ? layerPath(name) : inNamespace(store.root, path)));

/** @param view An overlay to be mounted, or what stands for it: a path of the namespace. */
function open(store: Pick<Store, 'root'>, layers: readonly LayerPlace[], view: View | string): ContainerRoot {
  const images = layers.filter(({ kind }) => kind === 'image').map((image) => mountOf(store, image));
  const isPath = typeof view === 'string';
  const phase = compileLayerNamespace(store.root, images, isPath ? undefined : view);
  using helper = new DisposableStack();
  const { pid } = helper.use(startHelper(phase, { namespaces: k.CLONE_NEWNS }));
  const path = join(`/proc/${pid}/root`, isPath ? view : viewPath);
  const descriptor = kernel.openat(k.AT_FDCWD, path, k.O_PATH | k.O_DIRECTORY);
  // A mount goes on with the descriptor when the namespace is gone with the helper, but what is mounted in it does not.
  const kept = isPath || view.binds === undefined || view.binds.length === 0 ? undefined : helper.move();
  return {
    descriptor,
    [Symbol.dispose]() {
      kernel.close(descriptor);
      kept?.dispose();
    },
  };
}

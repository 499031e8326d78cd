// What a container, running or not, changed of its image: `diff` lists it, `commit` makes a layer of it. Read from its upper directory
// itself, which is never mounted for that.
import { join } from 'node:path';
import * as k from '../kernel/constants.ts';
import { kernel } from '../kernel/index.ts';
import { bytesOf } from '../layer/byte-names.ts';
import { treeChanges } from '../layer/changes.ts';
import { bundlePath } from '../store/bundles.ts';
import { type ContainerRecord, findContainer } from '../store/containers.ts';
import type { Store } from '../store/store.ts';
import { layersOf } from './container-layers.ts';
import { openView } from './view.ts';

/** What every launch makes to mount something on, where the image has nothing of that name. Docker shows none of it either. */
export const launchPlaces: ReadonlySet<string> = new Set([
  'dev',
  'etc',
  'etc/hostname',
  'etc/hosts',
  'etc/resolv.conf',
  'proc',
  'sys',
]);

export interface ContainerChange {
  readonly kind: 'added' | 'changed' | 'deleted';
  /** Absolute. */
  readonly path: string;
}

/** Parents before their children, in the order of their names' bytes. Throws `notFound` at once. */
export function* containerChanges(store: Store, text: string): Generator<ContainerChange> {
  const { record } = findContainer(store, text);
  using lower = openView(store, layersOf(store, record));
  using upper = openUpper(store, record);
  for (const { kind, path } of treeChanges(upper.descriptor, lower.descriptor, launchPlaces)) {
    yield { kind, path: `/${bytesOf(path).toString()}` };
  }
}

/** The upper directory, closed by `[Symbol.dispose]`. */
export function openUpper(
  store: Pick<Store, 'paths'>,
  { id }: Pick<ContainerRecord, 'id'>,
): Disposable & { readonly descriptor: number } {
  const path = join(bundlePath(store, id), 'upper');
  const descriptor = kernel.openat(k.AT_FDCWD, path, k.O_RDONLY | k.O_DIRECTORY | k.O_NOFOLLOW);
  return { descriptor, [Symbol.dispose]: () => kernel.close(descriptor) };
}

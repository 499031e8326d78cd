// Finds the layer namespace of a store, or makes it, with the layers that are wanted mounted in it (design, 2.4). It lives as
// long as some shim holds a descriptor of it; a file of the store says which shims may.
import {
  constants,
  fstatSync,
  ftruncateSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ChainID } from '../image/digest.ts';
import * as k from '../kernel/constants.ts';
import { failedWith, kernel } from '../kernel/index.ts';
import { startHelper } from '../launch/helper.ts';
import {
  compileLayerMounts,
  compileLayerNamespace,
  compileLayerUnmounts,
  inNamespace,
  type LayerMount,
  layerPath,
  layersPath,
} from '../launch/layer-namespace.ts';
import { findLayer, type LayerPlace } from '../layer/place.ts';
import type { Store } from '../store/store.ts';

/** The namespace, with the layers that were asked for. Its descriptors are closed by `[Symbol.dispose]`. */
export interface SharedLayers extends Disposable {
  readonly namespace: number;
  /** Its root directory. */
  readonly root: number;
}

/** Where a shim has its descriptors of the namespace and of its root (native/shim.c). */
const shimDescriptors = [8, 9] as const;
/** What a process that only mounts has as the namespace. */
const given = 1;

/** Throws what the launch throws where a layer cannot be mounted. */
export function shareLayers(store: Store, images: readonly LayerPlace[]): SharedLayers {
  return underLock(store, (file) => {
    const found = findNamespace(file);
    if (found === undefined) return makeNamespace(file, store, images);
    try {
      const missing = images.filter((image) => !isMounted(found.root, image));
      if (missing.length > 0) {
        const phase = compileLayerMounts(
          given,
          missing.map((image) => mountOf(store, image)),
        );
        startHelper(phase, { descriptors: [found.namespace] })[Symbol.dispose]();
      }
      return found;
    } catch (error) {
      found[Symbol.dispose]();
      throw error;
    }
  });
}

/**
 * Where the namespace lives, takes the layers out of it that the store no longer has: their disk space is free then, and not
 * only when the last container ends. For whoever removed layers, and also after one who was killed in between.
 */
export function unshareLayers(store: Store): void {
  // Under the lock: a layer that is pulled again and wanted at this moment is there, or is mounted anew after us.
  underLock(store, (file) => {
    using found = findNamespace(file);
    if (found === undefined) return;
    const names = readdirSync(`/proc/self/fd/${found.root}${layersPath}`);
    const gone = names.filter((name) => findLayer(store.paths.layer, `sha256:${name}` as ChainID) === undefined);
    if (gone.length === 0) return;
    startHelper(compileLayerUnmounts(given, gone), { descriptors: [found.namespace] })[Symbol.dispose]();
  });
}

/** Notes that the shim of a container keeps the namespace alive. @param pid The container's first process. */
export function noteHolder(store: Store, { namespace }: SharedLayers, pid: number): void {
  const shim = Number(statFields(pid)?.[1]);
  underLock(store, (file) => note(file, shim, namespace, shimDescriptors));
}

function note(
  file: number,
  pid: number,
  namespace: number,
  descriptors: Holder['descriptors'],
  holders = readHolders(file),
): void {
  const holder: Holder = { pid, started: startTime(pid) ?? '', namespace: fstatSync(namespace).ino, descriptors };
  const kept = holders.length < mostHolders ? holders : holders.filter(isAlive);
  const text = [...kept, holder].map((each) => `${JSON.stringify(each)}\n`).join('');
  // Never empty: whoever is killed in between leaves lines of old holders behind the new ones, which does no harm.
  writeSync(file, text, 0);
  ftruncateSync(file, Buffer.byteLength(text));
}

/** Runs `action` while nobody else looks for the namespace: two would make two. */
function underLock<T>(store: Store, action: (file: number) => T): T {
  const path = join(store.root, 'layer-namespace');
  const file = kernel.openat(k.AT_FDCWD, path, k.O_RDWR | k.O_CREAT | k.O_NOFOLLOW, 0o600);
  try {
    kernel.flock(file, k.LOCK_EX);
    return action(file);
  } finally {
    kernel.close(file);
  }
}

interface Holder {
  readonly pid: number;
  /** Of the process, in ticks since the boot: a pid alone may be another process's by now. */
  readonly started: string;
  /** The number of the namespace's inode. */
  readonly namespace: number;
  /** Where the process has the namespace and its root. It closes them in this order. */
  readonly descriptors: readonly [namespace: number, root: number];
}

const mostHolders = 64;

/** What is left of a write that was cut short says nothing. */
function readHolders(file: number): Holder[] {
  return readFileSync(`/proc/self/fd/${file}`, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return line === '' ? [] : [JSON.parse(line) as Holder];
      } catch {
        return [];
      }
    });
}

/** proc_pid_stat(5) from the third field on, behind the name, which may hold anything. */
function statFields(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

const startTime = (pid: number): string | undefined => statFields(pid)?.[19];

function isAlive({ pid, started, namespace, descriptors }: Holder): boolean {
  try {
    return startTime(pid) === started && readlinkSync(`/proc/${pid}/fd/${descriptors[0]}`) === `mnt:[${namespace}]`;
  } catch {
    return false;
  }
}

/** The newest holder is the likeliest to live. */
function findNamespace(file: number): SharedLayers | undefined {
  for (const holder of readHolders(file).reverse()) {
    if (!isAlive(holder)) continue;
    const [namespace, root] = holder.descriptors.map((descriptor) => `/proc/${holder.pid}/fd/${descriptor}`);
    try {
      const shared = openShared(namespace!, root!, holder.namespace);
      if (shared !== undefined) return shared;
    } catch (error) {
      if (!failedWith(error, 'ENOENT', 'ENXIO')) throw error; // it has just ended
    }
  }
  return undefined;
}

/**
 * Undefined where the holder has ended between two looks, and what it had there is something else.
 * @param expected The inode's number where it is known.
 */
function openShared(namespacePath: string, rootPath: string, expected?: number): SharedLayers | undefined {
  using opened = new DisposableStack();
  // The root first: a holder that still has the namespace after that had its root, too. Closed the other way round.
  const root = opened.adopt(kernel.openat(k.AT_FDCWD, rootPath, k.O_PATH), kernel.close);
  const namespace = opened.adopt(kernel.openat(k.AT_FDCWD, namespacePath, k.O_RDONLY | k.O_NONBLOCK), kernel.close);
  if (expected !== undefined && fstatSync(namespace).ino !== expected) return undefined;
  const lifetime = opened.move();
  return { namespace, root, [Symbol.dispose]: () => lifetime.dispose() };
}

/** Until there is a shim this process holds the namespace: others that start at the same time find it here. */
function makeNamespace(file: number, store: Store, images: readonly LayerPlace[]): SharedLayers {
  const phase = compileLayerNamespace(
    store.root,
    images.map((image) => mountOf(store, image)),
  );
  using helper = startHelper(phase, { namespaces: k.CLONE_NEWNS });
  const made = openShared(`/proc/${helper.pid}/ns/mnt`, `/proc/${helper.pid}/root`)!;
  // Who was noted before has ended: to look at all of them again and again takes time.
  note(file, process.pid, made.namespace, [made.namespace, made.root], []);
  return made;
}

/** A folder that has no mount on it was made by a helper that was killed. */
function isMounted(root: number, { name }: LayerPlace): boolean {
  const place = `/proc/self/fd/${root}`;
  const there = statSync(`${place}${layerPath(name)}`, { throwIfNoEntry: false });
  return there !== undefined && there.dev !== statSync(place).dev;
}

export const mountOf = (store: Pick<Store, 'root'>, { name, path }: LayerPlace): LayerMount => ({
  name,
  image: inNamespace(store.root, path),
  isDirect: isDirect(path),
});

/** Whether the file system under the store reads past the page cache. */
function isDirect(path: string): boolean {
  try {
    kernel.close(kernel.openat(k.AT_FDCWD, path, constants.O_DIRECT));
    return true;
  } catch {
    return false;
  }
}

// What keeps garbage collection away from work that is going on (flock(2)). A lease is a file in tmp/ that says what a pull
// needs and is locked as long as the pull lives: a free lock says that whoever made it is gone. The same holds of whatever
// else lies in tmp/: unlocked, it is a leftover. So a thing there is made and locked beside the collector, never under its feet.
import { closeSync, constants, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { ChainID, Digest } from '../image/digest.ts';
import * as k from '../kernel/constants.ts';
import { failedWith, kernel } from '../kernel/index.ts';
import type { Store } from './store.ts';

type Place = Pick<Store, 'paths'>;

/** Content that must stay. */
export interface Needed {
  /** Blobs. */
  readonly digests: readonly Digest[];
  /** Layers. */
  readonly chain: readonly ChainID[];
}

const prefix = 'lease-';
const { O_CREAT, O_EXCL, O_RDWR } = constants;

/** The lock is that of tmp/ itself. */
function underLock<T>(store: Place, operation: number, action: () => T): T {
  const lock = kernel.openat(k.AT_FDCWD, store.paths.tmp, k.O_DIRECTORY);
  try {
    kernel.flock(lock, operation);
    return action();
  } finally {
    kernel.close(lock);
  }
}

/**
 * Runs `action` while nothing is collected; it must be short. For whoever makes a thing in tmp/ and locks it, and never inside
 * a transaction: the collector takes its lock first.
 */
export const besideCollector = <T>(store: Place, action: () => T): T => underLock(store, k.LOCK_SH, action);

/** Runs `action` as the only collector, while nobody makes a lease. */
export const asCollector = <T>(store: Place, action: () => T): T => underLock(store, k.LOCK_EX, action);

/**
 * Keeps blobs and layers, whether they are there yet or not, until it is disposed of or this process ends. What is to be used
 * is looked for after this: before, it could go.
 */
export function leaseContent(store: Place, { digests, chain }: Needed): Disposable {
  const path = join(store.paths.tmp, prefix + Buffer.from(kernel.getrandom(8)).toString('hex'));
  const file = besideCollector(store, () => {
    const descriptor = openSync(path, O_RDWR | O_CREAT | O_EXCL, 0o600);
    try {
      kernel.flock(descriptor, k.LOCK_EX | k.LOCK_NB);
      writeSync(descriptor, JSON.stringify({ digests, chain }));
      return descriptor;
    } catch (error) {
      closeSync(descriptor);
      rmSync(path, { force: true });
      throw error;
    }
  });
  let released = false;
  return {
    [Symbol.dispose]() {
      if (released) return;
      released = true;
      rmSync(path, { force: true }); // before its lock is free: nobody else then takes the name for a leftover
      closeSync(file);
    },
  };
}

/** Inside `asCollector`: the leases of all who live. */
export const readLeases = (store: Place): Needed[] =>
  readdirSync(store.paths.tmp)
    .filter((name) => name.startsWith(prefix))
    .map((name) => join(store.paths.tmp, name))
    .flatMap((path) => (isHeld(path) ? readLease(path) : []));

/**
 * Calls `take` with what lies in a folder and nobody holds, its maker being gone. It is locked meanwhile, so that nobody begins to
 * work with it. Inside `asCollector`, unless it is of a kind that appears in the folder locked.
 */
export function takeLeftovers(
  folder: string,
  isTemporary: (name: string) => boolean,
  take: (path: string) => void,
): void {
  for (const name of readdirSync(folder).filter(isTemporary)) {
    const path = join(folder, name);
    withLock(path, () => take(path));
  }
}

const isHeld = (path: string): boolean => !withLock(path, () => {});

/** Runs `action` unless somebody else holds the lock of what is at `path`. False where somebody does, and where it is gone. */
function withLock(path: string, action: () => void): boolean {
  let descriptor: number;
  try {
    descriptor = kernel.openat(k.AT_FDCWD, path, k.O_NOFOLLOW | k.O_NONBLOCK);
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return false;
    if (!failedWith(error, 'ELOOP', 'ENXIO')) throw error;
    action(); // a link or a socket: nobody of ours made it
    return true;
  }
  try {
    kernel.flock(descriptor, k.LOCK_EX | k.LOCK_NB);
    action();
    return true;
  } catch (error) {
    if (failedWith(error, 'EAGAIN')) return false;
    throw error;
  } finally {
    kernel.close(descriptor);
  }
}

/** Nothing where it was given up at this moment: then nothing of it is needed. */
function readLease(path: string): Needed[] {
  try {
    return [JSON.parse(readFileSync(path, 'utf8'))];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

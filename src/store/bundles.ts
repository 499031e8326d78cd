// The folders of containers: OCI bundles (runtime-spec bundle.md) with an upper directory and files of their own. A folder is
// locked by whoever makes it and then by its shim (flock(2) goes with the descriptor they share), so that a free lock says
// that nobody is left: what is there then is either over or was never finished.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as k from '../kernel/constants.ts';
import { failedWith, kernel } from '../kernel/index.ts';
import { besideCollector } from './lease.ts';
import type { Store } from './store.ts';

export const bundlesFolder = (store: Pick<Store, 'paths'>): string => store.paths.container;
export const bundlePath = (store: Pick<Store, 'paths'>, id: string): string => join(bundlesFolder(store), id);

/** A bundle whose lock is held through `descriptor`, which is the caller's. */
export interface LockedBundle {
  readonly path: string;
  readonly descriptor: number;
}

/** Makes the folder, empty but for the folders of its root. It appears in its place locked: a sweep never takes it for a leftover. */
export function createBundle(store: Pick<Store, 'paths'>, id: string): LockedBundle {
  const unfinished = join(store.paths.tmp, id);
  const descriptor = besideCollector(store, () => {
    mkdirSync(unfinished, { mode: 0o700 });
    const folder = kernel.openat(k.AT_FDCWD, unfinished, k.O_DIRECTORY | k.O_NOFOLLOW);
    kernel.flock(folder, k.LOCK_EX | k.LOCK_NB); // nobody else knows of it
    return folder;
  });
  try {
    for (const name of ['rootfs', 'upper', 'work']) mkdirSync(join(unfinished, name), { mode: 0o755 });
    renameSync(unfinished, bundlePath(store, id));
  } catch (error) {
    kernel.close(descriptor);
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
  return { path: bundlePath(store, id), descriptor };
}

/** Writes a file of the bundle that others may read. */
export function writeBundleFile(bundle: Pick<LockedBundle, 'path'>, name: string, content: string): void {
  writeFileSync(join(bundle.path, name), content, { mode: 0o644 });
}

/** How a container ended the last time. Times are milliseconds since the epoch. */
export interface Ending {
  readonly exitCode: number;
  readonly oomKilled: boolean;
  readonly startedAt: number;
  readonly finishedAt: number;
  /** How often the restart policy has started it again since `start`. */
  readonly restarts: number;
  /** Why it could not be started again, or was found ended: for people. */
  readonly error?: string;
}

/** What can be said of a container from its folder alone. */
export type BundleState =
  /** Being made right now. */
  | { readonly status: 'creating' }
  /** Made, and never started. */
  | { readonly status: 'created'; readonly error?: string }
  | {
      readonly status: 'running' | 'paused';
      readonly pid: number;
      readonly startedAt: number;
      readonly restarts: number;
    }
  /** Ended, and about to be started again. */
  | ({ readonly status: 'restarting' } & Ending)
  | ({ readonly status: 'exited' } & Ending)
  /** Its shim, or whoever was making it, was killed, and nobody has put that right yet. */
  | { readonly status: 'dead'; readonly wasRunning: boolean };

function readJson(path: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Undefined where there is no such folder. */
export function readBundleState(store: Pick<Store, 'paths'>, id: string): BundleState | undefined {
  const path = bundlePath(store, id);
  let descriptor: number;
  try {
    descriptor = kernel.openat(k.AT_FDCWD, path, k.O_DIRECTORY | k.O_NOFOLLOW);
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    const started = readJson(join(path, 'started'));
    if (isLocked(descriptor)) {
      if (started === undefined) return { status: 'creating' };
      return { status: 'running', pid: Number(started.pid), startedAt: Number(started.at), restarts: 0 };
    }
    const exit = readJson(join(path, 'exit'));
    if (exit === undefined) return { status: 'dead', wasRunning: started !== undefined };
    return {
      status: 'exited',
      exitCode: Number(exit.exitCode),
      oomKilled: exit.oomKilled === true,
      startedAt: Number(started?.at ?? exit.finishedAt),
      finishedAt: Number(exit.finishedAt),
      restarts: 0,
    };
  } finally {
    kernel.close(descriptor);
  }
}

function isLocked(descriptor: number): boolean {
  try {
    kernel.flock(descriptor, k.LOCK_SH | k.LOCK_NB);
    return false;
  } catch (error) {
    if (failedWith(error, 'EAGAIN')) return true;
    throw error;
  }
}

/** Records the end of a container whose shim could not. */
export function writeExit(
  store: Pick<Store, 'paths'>,
  id: string,
  exit: { exitCode: number; oomKilled: boolean; finishedAt: number },
): void {
  const path = bundlePath(store, id);
  writeFileSync(join(path, 'exit.new'), `${JSON.stringify(exit)}\n`, { mode: 0o600 });
  renameSync(join(path, 'exit.new'), join(path, 'exit'));
}

export function listBundles(store: Pick<Store, 'paths'>): string[] {
  return readdirSync(bundlesFolder(store)).filter((name) => /^[a-f0-9]{64}$/.test(name));
}

/** Removes the folder and all that the container wrote. Links are removed, never followed. */
export function removeBundle(store: Pick<Store, 'paths'>, id: string): void {
  rmSync(bundlePath(store, id), { recursive: true, force: true });
}

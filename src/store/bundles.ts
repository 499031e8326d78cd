// The folders of containers: OCI bundles (runtime-spec bundle.md) with an upper directory and files of their own. A folder is
// locked by whoever makes it and then by its shim (flock(2) goes with the descriptor they share), so that a free lock says
// that nobody is left: what is there then is either over or was never finished.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import { failedWith, kernel } from '../kernel/index.ts';
import type { Spec } from '../spec/types.ts';
import { asCollector, besideCollector, takeLeftovers } from './lease.ts';
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

/** The OCI spec of a container. Throws `corrupt` where it cannot be read. */
export function readSpec(
  store: Pick<Store, 'paths'>,
  { id, name }: { readonly id: string; readonly name: string },
): Spec {
  try {
    const spec = JSON.parse(readFileSync(join(bundlePath(store, id), 'config.json'), 'utf8'));
    if (!isSpec(spec)) throw new Error('it is JSON, and not a spec of ours');
    return spec;
  } catch (cause) {
    throw new TsdockerError('corrupt', `the config.json of the container ${name} cannot be read`, {
      cause,
      hint: `make it anew: tsdocker rm -f ${name}`,
    });
  }
}

/** Whether it is of the shape that we write: enough to tell it from what a broken disk makes of it. */
const isSpec = (value: Partial<Spec> | null): value is Spec =>
  Array.isArray(value?.mounts) && Array.isArray(value.linux?.namespaces) && Array.isArray(value.process?.args);

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
  /** By hand: a boot does not start it again. */
  readonly stopped?: boolean;
  /** Bytes of output that a full disk has cost. */
  readonly lost?: number;
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

/** It runs, or is frozen: there is a first process. */
export const hasProcesses = (
  state: BundleState | undefined,
): state is Extract<BundleState, { status: 'running' | 'paused' }> =>
  state?.status === 'running' || state?.status === 'paused';

/** It has processes, or is about to have some again: as in Docker, one that waits to be started again counts as running. */
export const isUp = (state: BundleState | undefined): boolean => hasProcesses(state) || state?.status === 'restarting';

function readJson(path: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Undefined where there is no such folder. @param isOurs The caller holds its lock. */
export function readBundleState(
  store: Pick<Store, 'paths'>,
  id: string,
  { isOurs = false }: { readonly isOurs?: boolean } = {},
): BundleState | undefined {
  const path = bundlePath(store, id);
  let descriptor: number;
  try {
    descriptor = kernel.openat(k.AT_FDCWD, path, k.O_DIRECTORY | k.O_NOFOLLOW);
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    // The lock first: who writes the state gives the lock up after it.
    const locked = !isOurs && isLocked(descriptor);
    return stateOf(readJson(join(path, 'state')), locked);
  } finally {
    kernel.close(descriptor);
  }
}

/** What the file `state` says, beside whether somebody holds the bundle (native/state.c). */
function stateOf(fields: Record<string, unknown> | undefined, locked: boolean): BundleState {
  const number = (name: string): number => Number(fields?.[name] ?? 0);
  const error = typeof fields?.error === 'string' ? { error: fields.error } : {};
  switch (fields?.status) {
    case 'created':
      return { status: 'created', ...error };
    case 'running':
    case 'paused':
      if (!locked) return { status: 'dead', wasRunning: true };
      return {
        status: fields.status,
        pid: number('pid'),
        startedAt: number('startedAt'),
        restarts: number('restarts'),
      };
    case 'restarting':
    case 'exited':
      if (!locked && fields.status === 'restarting') return { status: 'dead', wasRunning: true };
      return {
        status: fields.status,
        exitCode: number('exitCode'),
        oomKilled: fields.oomKilled === true,
        startedAt: number('startedAt'),
        finishedAt: number('finishedAt'),
        restarts: number('restarts'),
        stopped: fields.stopped === true,
        lost: number('lost'),
        ...error,
      };
    default:
      return locked ? { status: 'creating' } : { status: 'dead', wasRunning: false };
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

/** Writes the state of a container that has no shim; the caller holds its lock. Whole or not at all, and on the disk. */
export function writeState(store: Pick<Store, 'paths'>, id: string, state: Readonly<Record<string, unknown>>): void {
  const path = join(bundlePath(store, id), 'state');
  writeFileSync(`${path}.new`, `${JSON.stringify(state)}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
}

/** Whoever probes a lock has it for an instant: milliseconds after which it is somebody's in earnest. */
const probing = 100;

/**
 * Locks the bundle of a container that has no shim, as its shim would. Undefined where somebody else holds it, or it is gone.
 * The descriptor is the caller's.
 */
export function lockBundle(store: Pick<Store, 'paths'>, id: string): LockedBundle | undefined {
  const path = bundlePath(store, id);
  const began = Date.now();
  for (;;) {
    let descriptor: number | undefined;
    try {
      descriptor = kernel.openat(k.AT_FDCWD, path, k.O_DIRECTORY | k.O_NOFOLLOW);
      kernel.flock(descriptor, k.LOCK_EX | k.LOCK_NB);
      if (existsSync(path)) return { path, descriptor };
      kernel.close(descriptor); // it was removed while we waited
      return undefined;
    } catch (error) {
      if (descriptor !== undefined) kernel.close(descriptor);
      if (failedWith(error, 'ENOENT')) return undefined;
      if (!failedWith(error, 'EAGAIN')) throw error;
      if (Date.now() - began > probing) return undefined;
    }
  }
}

export function listBundles(store: Pick<Store, 'paths'>): string[] {
  return readdirSync(bundlesFolder(store)).filter((name) => /^[a-f0-9]{64}$/.test(name));
}

/**
 * Removes the folder and all that the container wrote; the caller holds its lock. It is out of sight at once. Links are removed,
 * never followed.
 */
export function removeBundle({ paths }: Pick<Store, 'paths'>, id: string): void {
  const gone = join(paths.tmp, `${id}.gone`);
  try {
    renameSync(join(paths.container, id), gone);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  rmSync(gone, { recursive: true, force: true });
}

/** Removes what is left of bundles whose making or removal was broken off by the death of the command. */
export function removeBroken(store: Pick<Store, 'paths'>): void {
  const { tmp } = store.paths;
  const remove = (path: string): void => rmSync(path, { recursive: true, force: true });
  const isUnfinished = (name: string): boolean => /^[a-f0-9]{64}$/.test(name);
  // Locked from its first moment, so that its removal, which may take long, keeps nobody else waiting.
  takeLeftovers(tmp, (name) => /^[a-f0-9]{64}\.gone$/.test(name), remove);
  if (readdirSync(tmp).some(isUnfinished)) asCollector(store, () => takeLeftovers(tmp, isUnfinished, remove));
}

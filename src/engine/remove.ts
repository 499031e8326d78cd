// Removing containers.
import { readHierarchy } from '../cgroup/hierarchy.ts';
import { usualBase } from '../cgroup/place.ts';
import { removeCgroup } from '../cgroup/remove.ts';
import { TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import { failedWith, kernel } from '../kernel/index.ts';
import { type LockedBundle, lockBundle, readBundleState, removeBundle } from '../store/bundles.ts';
import { type ContainerRecord, findContainer, forgetContainer } from '../store/containers.ts';
import { readEventAttributes, recordEvent } from '../store/events.ts';
import type { Store } from '../store/store.ts';
import { killContainer } from './stop.ts';

/** Kills every process of the container `id`, its shim as well, and removes its cgroups; that it has none is no error. */
export function endProcesses(id: string): void {
  let base: number;
  try {
    base = kernel.openat(k.AT_FDCWD, `${readHierarchy().path}/${usualBase}`, k.O_DIRECTORY);
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return;
    throw error;
  }
  try {
    removeCgroup(base, id);
  } finally {
    kernel.close(base);
  }
}

/** How long a shim may take to clean up after its container was killed: milliseconds. */
const patience = 10_000;

/** @param force Kill it first if it runs. Throws `notFound`, and `conflict` where it runs and may not be killed. */
export async function removeContainer(store: Store, text: string, force: boolean): Promise<string> {
  const { record, state } = findContainer(store, text);
  const { status } = state;
  if (status === 'running' || status === 'paused' || status === 'restarting' || status === 'creating') {
    if (!force) {
      throw new TsdockerError('conflict', `the container ${text} is ${status}`, {
        hint: `stop it first, or use tsdocker rm -f ${text}`,
      });
    }
    await killed(store, record);
  }
  const bundle = await lockInTime(store, record);
  // Nobody left to lock: another rm, or --rm, has been faster.
  if (bundle !== undefined) {
    try {
      destroy(store, record);
    } finally {
      kernel.close(bundle.descriptor);
    }
  }
  forgetContainer(store, record.id);
  return record.name;
}

async function killed(store: Store, { id }: ContainerRecord): Promise<void> {
  try {
    await killContainer(store, id);
  } catch (error) {
    if (!(error instanceof TsdockerError) || (error.code !== 'conflict' && error.code !== 'notFound')) throw error;
  }
}

/** Undefined where it is gone. Throws `conflict` where somebody holds it for long. */
async function lockInTime(store: Store, { id, name }: ContainerRecord): Promise<LockedBundle | undefined> {
  for (const began = Date.now(); ; ) {
    const bundle = lockBundle(store, id);
    if (bundle !== undefined || readBundleState(store, id) === undefined) return bundle;
    if (Date.now() - began > patience) {
      throw new TsdockerError('conflict', `the container ${name} is held by another command`, {
        hint: 'try again when that has ended',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Inside its lock. */
export function destroy(store: Store, record: ContainerRecord): void {
  endProcesses(record.id);
  const attributes = readEventAttributes(store, record);
  removeBundle(store, record.id);
  recordEvent(store, { type: 'container', action: 'destroy', id: record.id, attributes });
}

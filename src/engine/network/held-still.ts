// Changes something about a container while it neither starts nor ends: between two looks it might.
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { TsdockerError } from '../../error.ts';
import * as k from '../../kernel/constants.ts';
import { kernel } from '../../kernel/index.ts';
import { bundlePath, lockBundle, readBundleState } from '../../store/bundles.ts';
import type { ContainerRecord } from '../../store/containers.ts';
import type { Store } from '../../store/store.ts';
import { isUpNow } from './holders.ts';

/** How long another command may take to start it: milliseconds. */
const patience = 10_000;

/** The networks of a container that is up are changed by one command at a time (flock(2)). */
async function alone<T>(store: Store, id: string, action: () => Promise<T>): Promise<T> {
  const lock = openSync(join(bundlePath(store, id), 'networks.lock'), 'a', 0o600);
  try {
    kernel.flock(lock, k.LOCK_EX);
    return await action();
  } finally {
    closeSync(lock);
  }
}

/**
 * Calls `action` with whether the container is up. Where it is not, nobody can start it meanwhile. Throws `notFound` where it is gone,
 * and `conflict` where another command holds it for long.
 */
export async function heldStill<T>(
  store: Store,
  { id, name }: Pick<ContainerRecord, 'id' | 'name'>,
  action: (isUp: boolean) => Promise<T>,
): Promise<T> {
  for (const began = Date.now(); ; ) {
    if (isUpNow(store, id)) return await alone(store, id, () => action(true));
    const bundle = lockBundle(store, id);
    if (bundle !== undefined) {
      try {
        return await action(false);
      } finally {
        kernel.close(bundle.descriptor);
      }
    }
    if (readBundleState(store, id) === undefined)
      throw new TsdockerError('notFound', `there is no container ${name}`, { hint: 'tsdocker ps -a lists them all' });
    if (Date.now() - began > patience) {
      throw new TsdockerError('conflict', `the container ${name} is held by another command`, {
        hint: 'try again when that has ended',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

// Changes something about a container while it neither starts nor ends: between two looks it might.
import { TsdockerError } from '../../error.ts';
import { kernel } from '../../kernel/index.ts';
import { lockBundle, readBundleState } from '../../store/bundles.ts';
import type { ContainerRecord } from '../../store/containers.ts';
import type { Store } from '../../store/store.ts';
import { isUp } from './holders.ts';

/** How long another command may take to start it: milliseconds. */
const patience = 10_000;

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
    if (isUp(store, id)) return await action(true);
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

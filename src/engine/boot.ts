// What restart policies promise beyond the life of a shim: after a boot, and where a shim could not start its container again.
import { TsdockerError } from '../error.ts';
import { kernel } from '../kernel/index.ts';
import { type LockedBundle, lockBundle, readBundleState, writeState } from '../store/bundles.ts';
import { type ContainerRecord, containerOf, type ListedContainer, listContainers } from '../store/containers.ts';
import type { Store } from '../store/store.ts';
import { startContainer } from './start.ts';
import { sweepContainers } from './sweep.ts';

/** What became of a container that was to be started. */
export interface Promised {
  readonly record: ContainerRecord;
  /** Why it was not. */
  readonly error?: TsdockerError;
}

/** Starts every container that its restart policy promises to be there after a boot; one that fails does not keep the others from it. */
export function startPromised(store: Store): Promised[] {
  sweepContainers(store);
  return listContainers(store)
    .filter(isPromised)
    .toReversed() // the oldest first: others may need it
    .map(({ record }) => startAlone(store, record));
}

/** Docker's rule (docker run --help, "--restart"): `always` starts also what was stopped by hand; what was never started stays so. */
export function isPromised({ record, state }: Pick<ListedContainer, 'record' | 'state'>): boolean {
  if (state.status !== 'exited') return false;
  const { name } = record.settings.options.restart;
  if (name === 'always') return true;
  if (name === 'unless-stopped') return state.stopped !== true;
  return name === 'on-failure' && state.exitCode !== 0 && state.stopped !== true;
}

/**
 * Starts a container again whose shim could not: its stored launch program failed. Where it cannot be started now either, its
 * state says why. Throws `notFound`.
 */
export function resumeContainer(store: Store, id: string): void {
  const record = containerOf(store, id);
  if (record === undefined) throw new TsdockerError('notFound', `there is no container ${id}`);
  const { error } = startAlone(store, record);
  if (error !== undefined) throw error;
}

function startAlone(store: Store, record: ContainerRecord): Promised {
  try {
    const started = startContainer(store, record, { client: { streams: [], whole: false } });
    if (started !== undefined) kernel.close(started.control);
    return { record };
  } catch (error) {
    if (!(error instanceof TsdockerError)) throw error;
    noteError(store, record, error);
    return { record, error };
  }
}

function noteError(store: Store, { id }: ContainerRecord, error: TsdockerError): void {
  const bundle: LockedBundle | undefined = lockBundle(store, id);
  if (bundle === undefined) return;
  try {
    const state = readBundleState(store, id, { isOurs: true });
    if (state?.status === 'exited') writeState(store, id, { ...state, error: error.message });
  } finally {
    kernel.close(bundle.descriptor);
  }
}

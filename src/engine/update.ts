// Changing what was asked of a container: its limits, at once where it runs, and its restart policy.
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { changedLimits } from '../cgroup/changed-limits.ts';
import { updateLimits } from '../cgroup/update.ts';
import { TsdockerError } from '../error.ts';
import { resourcesOf } from '../spec/resources.ts';
import type { RestartPolicy, RunOptions } from '../spec/run-options.ts';
import type { Spec } from '../spec/types.ts';
import { bundlePath, readBundleState, readSpec } from '../store/bundles.ts';
import { type ContainerRecord, findContainer, type ListedContainer, updateSettings } from '../store/containers.ts';
import { containerEvent } from '../store/events.ts';
import type { Store } from '../store/store.ts';
import { setRestartPolicy } from './shim.ts';

/** What can be changed of a container that is there. */
export const changeable = [
  'memory',
  'memorySwap',
  'memoryReservation',
  'cpus',
  'cpuShares',
  'cpuPeriod',
  'cpuQuota',
  'cpusetCpus',
  'cpusetMems',
  'pidsLimit',
  'restart',
] as const;

/** A limit that is not there is none. */
export type ChangedOptions = Pick<RunOptions, (typeof changeable)[number]>;

/**
 * Changes all that `change` says, or nothing. @param change From what was asked for until now to what is asked for from now on;
 * called while nobody else can change it, and not asynchronous. Throws `notFound`, `conflict` for a container that is being made,
 * `unsupported` where the host cannot enforce a limit, `kernel` where the kernel refuses one, and what `change` throws.
 * @returns The container's name.
 */
export async function updateContainer(
  store: Store,
  text: string,
  change: (options: RunOptions) => ChangedOptions,
): Promise<string> {
  const { record } = findContainer(store, text);
  try {
    store.database.transaction(() => update(store, findContainer(store, record.id), change));
  } catch (error) {
    if (!(error instanceof TsdockerError)) throw error;
    const { code, message, hint, details, cause = error } = error;
    throw new TsdockerError(code, `cannot update ${record.name}: ${message}`, {
      cause,
      details,
      ...(hint === undefined ? {} : { hint }),
    });
  }
  containerEvent(store, record, 'update');
  return record.name;
}

function update(
  store: Store,
  { record, state }: ListedContainer,
  change: (options: RunOptions) => ChangedOptions,
): void {
  const { id, settings } = record;
  if (state.status === 'creating') throw new TsdockerError('conflict', 'it is being made at this moment');
  const before = settings.options;
  const after = withChanges(before, change(before));
  if (after.restart.name !== 'no' && after.rm) {
    throw new TsdockerError('conflict', 'it has no restart policy, because it is removed when it ends (--rm)');
  }
  // A container that an older tsdocker made may have none.
  const spec = existsSync(specPath(store, id)) ? readSpec(store, record) : undefined;
  const { memory: _, cpu: __, pids: ___, ...others } = spec?.linux.resources ?? {};
  const [old, now] = [before, after].map((options) => resourcesOf(options, others.devices ?? []));
  updateSettings(store, id, { ...settings, options: after });
  using undo = new DisposableStack();
  undo.defer(updateLimits(id, changedLimits(old!, now!)));
  if (spec !== undefined) {
    undo.defer(() => writeSpec(store, id, spec));
    writeSpec(store, id, { ...spec, linux: { ...spec.linux, resources: { ...others, ...now } } });
  }
  if (!isSamePolicy(before.restart, after.restart)) tellShim(store, record, after.restart);
  undo.move();
}

const isSamePolicy = (one: RestartPolicy, other: RestartPolicy): boolean =>
  one.name === other.name && one.maximum === other.maximum;

/** A container without a shim goes by its record when it is started. */
function tellShim(store: Store, record: ContainerRecord, policy: RestartPolicy): void {
  if (!hasShim(store, record.id)) return;
  try {
    setRestartPolicy(store, record, policy);
  } catch (error) {
    if (hasShim(store, record.id)) throw error; // else it ended meanwhile
  }
}

const hasShim = (store: Store, id: string): boolean =>
  ['running', 'paused', 'restarting'].includes(readBundleState(store, id)?.status ?? '');

function withChanges(before: RunOptions, changed: ChangedOptions): RunOptions {
  const names: readonly string[] = changeable;
  const keep = Object.entries(before).filter(([name]) => !names.includes(name));
  const take = Object.entries(changed).filter(([name, value]) => names.includes(name) && value !== undefined);
  return Object.fromEntries([...keep, ...take]) as unknown as RunOptions;
}

const specPath = (store: Store, id: string): string => join(bundlePath(store, id), 'config.json');

/** The file changes as a whole. */
function writeSpec(store: Store, id: string, spec: Spec): void {
  const path = specPath(store, id);
  writeFileSync(`${path}.new`, JSON.stringify(spec), { mode: 0o644 });
  renameSync(`${path}.new`, path);
}

// What containers use, once or again and again. The kernel counts time on the processors from the beginning, so that a share of
// it takes two looks; all else is what the last look saw.
import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { readHierarchy } from '../cgroup/hierarchy.ts';
import { payloadPath } from '../cgroup/place.ts';
import { type CgroupStats, readCgroupStats } from '../cgroup/stats.ts';
import { type BundleState, hasProcesses, readBundleState } from '../store/bundles.ts';
import { type ContainerRecord, findContainer, listContainers } from '../store/containers.ts';
import type { Store } from '../store/store.ts';
import { readTraffic, type Traffic } from './traffic.ts';

/** A figure is absent where the kernel does not count it, or the container does not run. */
export interface ContainerStats {
  readonly id: string;
  readonly name: string;
  /** As it was asked for; its id where all were. */
  readonly asked: string;
  readonly status: BundleState['status'];
  /** Milliseconds since the epoch. */
  readonly readAt: number;
  /** Of one processor's time since the look before: 150 is one and a half. Absent at the first look at a container. */
  readonly cpuPercent?: number;
  /** Microseconds since the container was started. */
  readonly cpuTime?: number;
  /** Bytes, without what the kernel would drop first. */
  readonly memory?: number;
  /** Bytes: the container's limit, or all that the machine has. */
  readonly memoryLimit?: number;
  /** Bytes received and sent by the container's network devices; a container in the host's network has none. */
  readonly received?: number;
  readonly sent?: number;
  /** Bytes read from and written to block devices. */
  readonly blockRead?: number;
  readonly blockWritten?: number;
  /** Tasks: threads count. */
  readonly pids?: number;
}

export interface StatsOptions {
  /** Goes on until it is aborted, or none of the containers that were named is left; otherwise there is one look. */
  readonly stream?: boolean;
  /** Without names: containers that do not run, too. */
  readonly all?: boolean;
  /** Between two looks: milliseconds, usually 1000. */
  readonly interval?: number;
  readonly signal?: AbortSignal;
}

/** The first look comes sooner: half a second is enough for a share that people can go by. */
const firstInterval = 500;

/**
 * Yields all containers that are there, each time: those that start later come in, those that are removed drop out.
 * @param names Names, ids, or beginnings of ids; none for all. Throws `notFound` for one that is not there at the beginning, and
 * the signal's reason.
 */
export async function* containerStats(
  store: Store,
  names: readonly string[],
  { stream = false, all = false, interval = 1000, signal }: StatsOptions = {},
): AsyncGenerator<readonly ContainerStats[], void, undefined> {
  const tree = readHierarchy().path;
  // The last of two names of one container is the one it is shown by.
  const asked = new Map(names.map((name) => [findContainer(store, name).record.id, name]));
  const isWanted = (id: string, state: BundleState): boolean =>
    names.length > 0 ? asked.has(id) : all || hasProcesses(state) || state.status === 'restarting';
  const look = (): Look[] =>
    listContainers(store)
      .filter(({ record, state }) => isWanted(record.id, state))
      .map(({ record, state }) => lookAt(store, tree, record, state));
  let before = byId(look());
  for (let milliseconds = Math.min(interval, firstInterval); ; milliseconds = interval) {
    await waitFor(milliseconds, signal);
    const looks = look();
    if (names.length > 0 && looks.length === 0) return;
    yield looks.map((now) => statsOf(now, before.get(now.record.id), asked.get(now.record.id)));
    if (!stream) return;
    before = byId(looks);
  }
}

async function waitFor(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  try {
    await pause(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted(); // the reason itself, not the timer's error about it
    throw error;
  }
}

/** One reading, with when it was taken by a clock that never jumps (milliseconds). */
interface Look {
  readonly record: ContainerRecord;
  readonly state: BundleState;
  readonly clock: number;
  readonly cgroup: CgroupStats;
  readonly traffic: Traffic | undefined;
}

const byId = (looks: readonly Look[]): Map<string, Look> => new Map(looks.map((look) => [look.record.id, look]));

function lookAt(store: Store, tree: string, record: ContainerRecord, state: BundleState): Look {
  const clock = performance.now();
  const nothing: Look = { record, state, clock, cgroup: {}, traffic: undefined };
  if (state.status !== 'running' && state.status !== 'paused') return nothing;
  const cgroup = readCgroupStats(payloadPath(tree, record.id));
  // It ended in between.
  if (cgroup === undefined) return { ...nothing, state: readBundleState(store, record.id) ?? state };
  const ownNetwork = record.settings.options.network !== 'host';
  return { record, state, clock, cgroup, traffic: ownNetwork ? trafficOf(record.id, state.pid) : undefined };
}

/** The container may end meanwhile, and another process get its number: then its cgroup is another. */
function trafficOf(id: string, pid: number): Traffic | undefined {
  try {
    const traffic = readTraffic(pid);
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(payloadPath('', id)) ? traffic : undefined;
  } catch {
    return undefined; // ENOENT, ESRCH, EINVAL: it is gone
  }
}

function statsOf({ record, state, clock, cgroup, traffic }: Look, before: Look | undefined, asked?: string) {
  const stats = {
    id: record.id,
    name: record.name,
    asked: asked ?? record.id,
    status: state.status,
    readAt: Date.now(),
    ...cgroup,
    ...traffic,
  };
  const cpuPercent = share(cgroup.cpuTime, clock, before);
  return {
    ...stats,
    ...(cgroup.memory === undefined ? {} : { memoryLimit: Math.min(cgroup.memoryLimit ?? Infinity, totalmem()) }),
    ...(cpuPercent === undefined ? {} : { cpuPercent }),
  };
}

/** A container that was started again counts from 0: it has no look before. */
function share(cpuTime: number | undefined, clock: number, before: Look | undefined): number | undefined {
  const used = before?.cgroup.cpuTime;
  if (cpuTime === undefined || before === undefined || used === undefined || cpuTime < used) return undefined;
  return (cpuTime - used) / 10 / (clock - before.clock); // µs of ms: a thousandth, in hundredths
}

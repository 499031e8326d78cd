// The processes of a container, as the host sees them: those in its cgroup and below, whoever started them.
import { readHierarchy } from '../cgroup/hierarchy.ts';
import { payloadPath } from '../cgroup/place.ts';
import { listProcesses } from '../cgroup/processes.ts';
import { TsdockerError } from '../error.ts';
import { findContainer } from '../store/containers.ts';
import type { Store } from '../store/store.ts';
import { processRow, titles } from './process-row.ts';
import { readMoment, readProcess } from './process-table.ts';

/** What a process calls itself is its own choice: control characters and all. */
export interface ProcessList {
  readonly titles: readonly string[];
  /** As many cells as there are titles. */
  readonly processes: readonly (readonly string[])[];
}

/**
 * @param options For the host's ps(1), which has to be installed; without any, no program is started, and the columns are those
 * of `ps -ef`. Throws `notFound`, `conflict` where the container does not run, `usage` for options that ps refuses or that leave
 * out the pid, and the signal's reason.
 */
export async function containerTop(
  store: Store,
  text: string,
  options: readonly string[] = [],
  signal?: AbortSignal,
): Promise<ProcessList> {
  const { record, state } = findContainer(store, text);
  if (state.status !== 'running' && state.status !== 'paused') {
    throw new TsdockerError('conflict', `the container ${text} is not running`);
  }
  const pids = listProcesses(payloadPath(readHierarchy().path, record.id));
  if (options.length > 0) {
    const { listByPs } = await import('./ps.ts');
    return listByPs(options, new Set(pids), signal);
  }
  const moment = readMoment();
  const found = pids.map(readProcess).filter((facts) => facts !== undefined);
  return { titles, processes: found.map((facts) => processRow(facts, moment)) };
}

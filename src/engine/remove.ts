// Removing containers, and sweeping up after commands that were killed.

import { readHierarchy } from '../cgroup/hierarchy.ts';
import { removeCgroup } from '../cgroup/remove.ts';
import { TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import { failedWith, kernel } from '../kernel/index.ts';
import { listBundles, readBundleState, removeBundle, writeExit } from '../store/bundles.ts';
import { findContainer, forgetContainer, forgetGone } from '../store/containers.ts';
import type { Store } from '../store/store.ts';

/** Kills every process of the container `id` and removes its cgroup; that it has none is no error. */
function endProcesses(id: string): void {
  let parent: number;
  try {
    parent = kernel.openat(k.AT_FDCWD, `${readHierarchy().path}/tsdocker`, k.O_DIRECTORY);
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return;
    throw error;
  }
  try {
    removeCgroup(parent, id);
  } finally {
    kernel.close(parent);
  }
}

/** How long a shim may take to clean up after its container was killed: milliseconds. */
const patience = 10_000;

/** @param force Kill it first if it runs. Throws `notFound`, and `conflict` where it runs and may not be killed. */
export async function removeContainer(store: Store, text: string, force: boolean): Promise<string> {
  const { record, state } = findContainer(store, text);
  if (state.status === 'running' || state.status === 'creating') {
    if (!force) {
      throw new TsdockerError('conflict', `the container ${text} is ${state.status}`, {
        hint: `stop it first, or use tsdocker rm -f ${text}`,
      });
    }
    endProcesses(record.id);
    for (let waited = 0; waited < patience; waited += 10) {
      const now = readBundleState(store, record.id)?.status;
      if (now !== 'running' && now !== 'creating') break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  endProcesses(record.id);
  removeBundle(store, record.id);
  forgetContainer(store, record.id);
  return record.name;
}

/**
 * Puts right what a killed command or shim left: a container that was never started goes, one whose shim was killed is
 * emptied and recorded as ended. Safe at any time and beside any command.
 */
export function sweepContainers(store: Store): void {
  forgetGone(store);
  for (const id of listBundles(store)) {
    const state = readBundleState(store, id);
    if (state?.status !== 'dead') continue;
    endProcesses(id);
    if (state.wasRunning) writeExit(store, id, { exitCode: 137, oomKilled: false, finishedAt: Date.now() });
    else {
      removeBundle(store, id);
      forgetContainer(store, id);
    }
  }
}

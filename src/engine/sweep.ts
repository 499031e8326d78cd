// Puts right what a killed command, a killed shim or a reboot has left (design, 2.5). Safe at any time and beside any command.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kernel } from '../kernel/index.ts';
import {
  bundlePath,
  listBundles,
  lockBundle,
  readBundleState,
  removeBroken,
  removeBundle,
  writeState,
} from '../store/bundles.ts';
import { type ContainerRecord, containerOf, forgetContainer, forgetGone } from '../store/containers.ts';
import { boundEvents, containerEvent } from '../store/events.ts';
import type { Store } from '../store/store.ts';
import { bootFile, bootId } from './boot-id.ts';
import { clearNetworks } from './network/gone.ts';
import { destroy, endProcesses } from './remove.ts';

/**
 * A container that was never made to the end goes, as does one that was to remove itself; one whose shim was killed is emptied,
 * and recorded as ended.
 */
export function sweepContainers(store: Store): void {
  boundEvents(store);
  forgetGone(store);
  removeBroken(store);
  for (const id of listBundles(store)) {
    if (readBundleState(store, id)?.status !== 'dead') continue;
    const bundle = lockBundle(store, id);
    if (bundle === undefined) continue;
    try {
      const state = readBundleState(store, id, { isOurs: true });
      if (state?.status === 'dead') putRight(store, id, state.wasRunning);
    } finally {
      kernel.close(bundle.descriptor);
    }
  }
}

function putRight(store: Store, id: string, wasRunning: boolean): void {
  const record = containerOf(store, id);
  endProcesses(id);
  clearNetworks(store, id);
  if (record === undefined) removeBundle(store, id);
  else if (!wasRunning || record.settings.options.rm) {
    destroy(store, record);
    forgetContainer(store, id);
  } else recordEnd(store, record);
}

/** What a shim that was killed could not say. The times are those of the last start, and of now: nobody knows better. */
function recordEnd(store: Store, record: ContainerRecord): void {
  const isReboot = textOf(join(bundlePath(store, record.id), bootFile)) !== bootId();
  const { startedAt = 0, restarts = 0, stopped = false } = fieldsOf(join(bundlePath(store, record.id), 'state'));
  // 255 is what Docker says of a container that was there before the machine went down.
  const exitCode = isReboot ? 255 : 137;
  const error = isReboot ? 'the machine was restarted while it ran' : 'its shim was killed';
  const state = {
    status: 'exited',
    startedAt,
    restarts,
    stopped,
    exitCode,
    oomKilled: false,
    finishedAt: Date.now(),
    error,
  };
  writeState(store, record.id, state);
  containerEvent(store, record, 'die', { exitCode: String(exitCode) });
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function fieldsOf(path: string): { startedAt?: number; restarts?: number; stopped?: boolean } {
  try {
    return Object(JSON.parse(textOf(path)));
  } catch {
    return {};
  }
}

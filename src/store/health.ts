// How a container's health check went: the file `health` of its bundle, which its shim writes (native/health.c).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BundleState, bundlePath, hasProcesses } from './bundles.ts';
import type { ContainerRecord } from './containers.ts';
import type { Store } from './store.ts';

export type HealthStatus = 'starting' | 'healthy' | 'unhealthy';

export interface Probe {
  /** Milliseconds since the epoch, as all times here. */
  readonly start: number;
  readonly end: number;
  readonly exitCode: number;
  /** What it wrote, the beginning of it. */
  readonly output: string;
}

export interface Health {
  readonly status: HealthStatus;
  /** Failed probes since the last that succeeded. */
  readonly failingStreak: number;
  /** The last few, the oldest first. */
  readonly log: readonly Probe[];
}

/**
 * Undefined where nothing is checked, or nothing was yet. As in Docker, a container that does not run is not healthy.
 * @param container Whose file is looked at only where its settings speak of a check.
 */
export function readHealth(
  store: Pick<Store, 'paths'>,
  { record, state }: { readonly record: Pick<ContainerRecord, 'id' | 'settings'>; readonly state: BundleState },
): Health | undefined {
  if (record.settings.healthcheck === undefined) return undefined;
  const runs = hasProcesses(state);
  const found = parseHealth(readText(join(bundlePath(store, record.id), 'health')));
  if (found === undefined) return runs ? { status: 'starting', failingStreak: 0, log: [] } : undefined;
  return runs ? found : { ...found, status: 'unhealthy' };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // nothing was checked yet, or the container was removed meanwhile
  }
}

/** Undefined for what is no such file: it may have been cut short by a full disk. */
export function parseHealth(text: string): Health | undefined {
  let fields: Record<string, unknown>;
  try {
    fields = Object(JSON.parse(text));
  } catch {
    return undefined;
  }
  const status = (['starting', 'healthy', 'unhealthy'] as const).find((each) => each === fields.Status);
  if (status === undefined) return undefined;
  return {
    status,
    failingStreak: numberOf(fields.FailingStreak),
    log: (Array.isArray(fields.Log) ? fields.Log : []).map((probe) => ({
      start: numberOf(probe?.Start),
      end: numberOf(probe?.End),
      exitCode: numberOf(probe?.ExitCode),
      output: String(probe?.Output ?? ''),
    })),
  };
}

const numberOf = (value: unknown): number => (Number.isFinite(value) ? Number(value) : 0);

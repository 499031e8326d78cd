// Limits as people give them to limits as the runtime specification has them (config-linux.md, "Control groups").
import { TsdockerError } from '../error.ts';
import type { RunOptions } from './run-options.ts';
import type { DeviceRule, Resources } from './types.ts';

/** Microseconds: the period against which --cpus is a quota (Docker's default). */
const usualPeriod = 100_000;

/** Leaves out what was not given: an absent limit is no limit. */
function given<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } | undefined {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return entries.length === 0
    ? undefined
    : (Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> });
}

export function resourcesOf(options: RunOptions, devices: readonly DeviceRule[]): Resources {
  const { memory, cpus, cpuPeriod, cpuQuota } = options;
  if (cpus !== undefined && (cpuPeriod ?? cpuQuota) !== undefined) {
    throw new TsdockerError('usage', 'a number of cpus was given, and a period or a quota of their time as well', {
      hint: 'give the one or the others',
    });
  }
  const cpu = given({
    shares: options.cpuShares,
    quota: cpuQuota ?? (cpus === undefined ? undefined : Math.round(cpus * usualPeriod)),
    period: cpuPeriod ?? (cpus === undefined ? undefined : usualPeriod),
    cpus: options.cpusetCpus,
    mems: options.cpusetMems,
  });
  const limits = given({
    limit: memory,
    reservation: options.memoryReservation,
    // Docker's rule: as much swap as memory, unless the sum of both was given.
    swap: options.memorySwap ?? (memory === undefined ? undefined : memory * 2),
  });
  const pids = options.pidsLimit === undefined ? undefined : { limit: options.pidsLimit };
  return { devices, ...(limits && { memory: limits }), ...(cpu && { cpu }), ...(pids && { pids }) } as Resources;
}

// Limits on memory and time that must agree with one another, by Docker's rules.
import { TsdockerError } from '../../error.ts';
import { parseBytes, parseWhole } from './numbers.ts';
import { refuseValue } from './refuse.ts';

/** Docker's least: below it no container's first process comes up. 0 is no limit, here and below. */
const leastMemory = 6 * 2 ** 20;

export interface MemoryLimits {
  readonly memory?: number;
  readonly memorySwap?: number;
  readonly memoryReservation?: number;
}

/** @param machine The machine's memory in bytes. */
export function parseMemory(values: ReadonlyMap<string, string>, machine: number): MemoryLimits {
  const [limit, swap, reservation] = ['memory', 'memory-swap', 'memory-reservation'].map((name) => values.get(name));
  const memory = limit === undefined ? undefined : parseBytes('memory', limit) || undefined;
  if (memory !== undefined && memory < leastMemory)
    refuseValue('memory', limit!, 'is too small', 'a container needs at least 6m');
  if (memory !== undefined && memory > machine) {
    refuseValue('memory', limit!, 'is more than this machine has', `it has ${Math.floor(machine / 2 ** 20)}m`);
  }
  const memorySwap = swap === undefined ? undefined : swap === '-1' ? -1 : parseBytes('memory-swap', swap);
  if (memorySwap !== undefined && memorySwap > 0 && memory === undefined) {
    throw new TsdockerError('usage', '--memory-swap needs --memory', { hint: 'it is the sum of memory and swap' });
  }
  if (memorySwap !== undefined && memorySwap > 0 && memorySwap < memory!) {
    refuseValue('memory-swap', swap!, 'is less than --memory', 'it is the sum of memory and swap');
  }
  const memoryReservation =
    reservation === undefined ? undefined : parseBytes('memory-reservation', reservation) || undefined;
  if (memoryReservation !== undefined && memoryReservation < leastMemory)
    refuseValue('memory-reservation', reservation!, 'is too small', 'it is at least 6m');
  if (memoryReservation !== undefined && memory !== undefined && memoryReservation > memory) {
    refuseValue('memory-reservation', reservation!, 'is more than --memory');
  }
  return {
    ...(memory === undefined ? {} : { memory }),
    ...(memorySwap === undefined || memorySwap === 0 ? {} : { memorySwap }),
    ...(memoryReservation === undefined ? {} : { memoryReservation }),
  };
}

export interface TimeLimits {
  readonly cpuPeriod?: number;
  readonly cpuQuota?: number;
}

/** Microseconds (sched-bwc.rst: a period is from 1 ms to 1 s, a quota at least 1 ms); 0 is as if it were not given. */
export function parseTime(values: ReadonlyMap<string, string>): TimeLimits {
  const [cpus, period, quota] = ['cpus', 'cpu-period', 'cpu-quota'].map((name) => {
    const text = values.get(name);
    return text === '0' ? undefined : text;
  });
  if (cpus !== undefined && (period !== undefined || quota !== undefined)) {
    throw new TsdockerError('usage', '--cpus cannot be combined with --cpu-period and --cpu-quota', {
      hint: 'use the one or the others',
    });
  }
  return {
    ...(period === undefined ? {} : { cpuPeriod: parseWhole('cpu-period', period, 1000, 1_000_000) }),
    ...(quota === undefined || quota === '-1' ? {} : { cpuQuota: parseWhole('cpu-quota', quota, 1000, 2 ** 40) }),
  };
}

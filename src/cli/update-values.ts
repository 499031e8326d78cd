// Limits and the restart policy of a container as the command line would give them, so that what `update` is given can be put over
// them and be judged together. Pure.
import type { RestartPolicy, RunOptions } from '../spec/run-options.ts';

const text = (value: string | number | undefined): string | undefined =>
  value === undefined ? undefined : String(value);

/** Each flag that `update` takes, and its value for a container. */
export const valuesOf: ReadonlyMap<string, (options: RunOptions) => string | undefined> = new Map([
  ['memory', ({ memory }) => text(memory)],
  ['memory-swap', ({ memorySwap }) => text(memorySwap)],
  ['memory-reservation', ({ memoryReservation }) => text(memoryReservation)],
  ['cpus', ({ cpus }) => text(cpus)],
  ['cpu-shares', ({ cpuShares }) => text(cpuShares)],
  ['cpu-period', ({ cpuPeriod }) => text(cpuPeriod)],
  ['cpu-quota', ({ cpuQuota }) => text(cpuQuota)],
  ['cpuset-cpus', ({ cpusetCpus }) => text(cpusetCpus)],
  ['cpuset-mems', ({ cpusetMems }) => text(cpusetMems)],
  ['pids-limit', ({ pidsLimit }) => text(pidsLimit)],
  ['restart', ({ restart }) => restartText(restart)],
] satisfies [string, (options: RunOptions) => string | undefined][]);

const restartText = ({ name, maximum }: RestartPolicy): string => (maximum === 0 ? name : `${name}:${maximum}`);

/**
 * The values of a container with new ones over them. As in Docker, an empty one and a limit of 0 are as if they were not given; only
 * of processes, 0 is any number.
 */
export function givenAnew(options: RunOptions, given: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [name, untilNow] of valuesOf) {
    const anew = given.get(name);
    const isGiven = anew !== undefined && anew !== '' && (name === 'pids-limit' || !/^0[a-z]*$/i.test(anew));
    const value = isGiven ? anew : untilNow(options);
    if (value !== undefined) values.set(name, value);
  }
  return values;
}

// The OCI configuration's resources (config-linux.md, "Control groups") as writes to files of cgroup v2, in order.
// The conversions are those that runc and crun(1), section "CGROUP v2", document. Pure: cgroup.ts does the writing.
import { TsdockerError } from '../error.ts';
import type { Resources, ThrottleDevice } from '../spec/types.ts';
import { cpuWeight, ioWeight } from './weights.ts';

/** One write. */
export interface Limit {
  /** What was asked for, in the words of the command line. */
  readonly name: string;
  readonly controller: string;
  readonly file: string;
  readonly value: string;
  /** To be written where the kernel has no `file`. */
  readonly otherwise?: { readonly file: string; readonly value: string };
}

/** Throws `usage` where the resources contradict themselves or name a file that is none. */
export function compileResources(resources: Resources): readonly Limit[] {
  return [
    ...compileMemory(resources.memory ?? {}),
    ...compileCpu(resources.cpu ?? {}),
    ...compilePids(resources.pids),
    ...compileBlockIO(resources.blockIO ?? {}),
    ...compileUnified(resources.unified ?? {}), // last: what is given for version 2 wins
  ];
}

const relative = new Set(['cpu.weight', 'io.weight', 'io.bfq.weight', 'memory.low', 'memory.min']);

/**
 * True for a limit that the kernel reckons against the cgroups beside it, or bounds by the one above: on a leaf alone it would say
 * nothing about other containers (cgroup-v2.rst, "Resource Distribution Models").
 */
export const isRelative = ({ file }: Limit): boolean => relative.has(file);

/** True for a limit that a new cgroup has without being told: it needs no controller. */
export const isUnlimited = (limit: Limit): boolean => limit.value === 'max';

const maxOr = (value: number): string => (value < 0 ? 'max' : String(value));

function compileMemory({ limit, reservation, swap }: NonNullable<Resources['memory']>): Limit[] {
  const limits: Limit[] = [];
  const add = (name: string, file: string, value: string) => limits.push({ name, controller: 'memory', file, value });
  const swapOnly = swapWithoutMemory(swap, limit);
  if (swapOnly !== undefined) add('--memory-swap', 'memory.swap.max', maxOr(swapOnly));
  if (limit !== undefined && limit !== 0) add('--memory', 'memory.max', maxOr(limit));
  if (reservation !== undefined && reservation !== 0) add('--memory-reservation', 'memory.low', maxOr(reservation));
  return limits;
}

/** Version 1 and OCI limit memory and swap together, version 2 swap alone. 0 is the specification's "not set". */
function swapWithoutMemory(swap = 0, memory = 0): number | undefined {
  if (swap === 0) return memory < 0 ? -1 : undefined;
  if (swap < 0) return -1;
  if (memory < 0) return swap;
  if (memory === 0) throw new TsdockerError('usage', `the swap limit ${swap} needs a memory limit beside it`);
  if (swap < memory) {
    throw new TsdockerError('usage', `the swap limit ${swap} is below the memory limit ${memory}`, {
      hint: '--memory-swap is memory and swap together',
    });
  }
  return swap - memory;
}

/** The period that cgroup v2 has by itself, microseconds (cgroup-v2.rst, "cpu.max"). */
const usualPeriod = 100_000;

function compileCpu({ shares, quota, period, cpus, mems }: NonNullable<Resources['cpu']>): Limit[] {
  const limits: Limit[] = [];
  if (shares)
    limits.push({ name: '--cpu-shares', controller: 'cpu', file: 'cpu.weight', value: `${cpuWeight(shares)}` });
  if (quota || period) {
    const time = quota && quota > 0 ? String(quota) : 'max';
    limits.push({ name: '--cpus', controller: 'cpu', file: 'cpu.max', value: `${time} ${period || usualPeriod}` });
  }
  if (cpus) limits.push({ name: '--cpuset-cpus', controller: 'cpuset', file: 'cpuset.cpus', value: cpus });
  if (mems) limits.push({ name: '--cpuset-mems', controller: 'cpuset', file: 'cpuset.mems', value: mems });
  return limits;
}

function compilePids(pids: Resources['pids']): Limit[] {
  if (pids === undefined) return [];
  // Docker and runc take 0 for "no limit", as they take -1.
  const value = maxOr(pids.limit === 0 ? -1 : pids.limit);
  return [{ name: '--pids-limit', controller: 'pids', file: 'pids.max', value }];
}

function compileBlockIO(blockIO: NonNullable<Resources['blockIO']>): Limit[] {
  const limits: Limit[] = [];
  const add = (limit: Omit<Limit, 'controller'>) => limits.push({ controller: 'io', ...limit });
  if (blockIO.weight) {
    // A kernel with the BFQ scheduler has a file for its weight, which has version 1's range.
    const otherwise = { file: 'io.weight', value: String(ioWeight(blockIO.weight)) };
    add({ name: '--blkio-weight', file: 'io.bfq.weight', value: String(blockIO.weight), otherwise });
  }
  const throttle = (name: string, key: string, devices: readonly ThrottleDevice[] = []) => {
    for (const { major, minor, rate } of devices) {
      // 0 is version 1's "no limit".
      add({ name, file: 'io.max', value: `${major}:${minor} ${key}=${rate === 0 ? 'max' : rate}` });
    }
  };
  throttle('--device-read-bps', 'rbps', blockIO.throttleReadBpsDevice);
  throttle('--device-write-bps', 'wbps', blockIO.throttleWriteBpsDevice);
  throttle('--device-read-iops', 'riops', blockIO.throttleReadIOPSDevice);
  throttle('--device-write-iops', 'wiops', blockIO.throttleWriteIOPSDevice);
  return limits;
}

/** `memory.high`, `hugetlb.2MB.max`: a controller, and its file. A slash could lead out of the cgroup. */
const fileOfController = /^([a-z_]+)(\.[A-Za-z0-9_-]+)+$/;

/** Of the files that every cgroup has, those that limit. The rest act: `cgroup.procs` would pull a process of the host in. */
const limitsOfEveryCgroup = ['cgroup.max.depth', 'cgroup.max.descendants'];

function compileUnified(unified: Readonly<Record<string, string>>): Limit[] {
  return Object.entries(unified).map(([file, value]) => {
    const controller = fileOfController.exec(file)?.[1];
    if (controller === undefined || (controller === 'cgroup' && !limitsOfEveryCgroup.includes(file))) {
      throw new TsdockerError('usage', `${JSON.stringify(file)} is no cgroup v2 file that sets a limit`, {
        hint: 'unified limits are named as the kernel names the files, for example memory.high',
      });
    }
    return { name: `unified ${file}`, controller, file, value };
  });
}

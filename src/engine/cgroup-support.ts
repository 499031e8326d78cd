// Which limits this host can enforce, for `info`: a limit that it cannot is refused by `run` (cgroup/missing-controllers.ts).
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Hierarchy, readHierarchy } from '../cgroup/hierarchy.ts';
import { TsdockerError } from '../error.ts';

/** Docker's names. */
export interface CgroupSupport {
  readonly CgroupVersion: string;
  readonly MemoryLimit: boolean;
  readonly SwapLimit: boolean;
  readonly CpuCfsPeriod: boolean;
  readonly CpuCfsQuota: boolean;
  readonly CPUShares: boolean;
  readonly CPUSet: boolean;
  readonly PidsLimit: boolean;
  readonly BlkioWeight: boolean;
  /** A line each of what is missing. */
  readonly Warnings: readonly string[];
}

/** Never throws for what the host lacks. */
export function cgroupSupport(): CgroupSupport {
  let hierarchy: Hierarchy | undefined;
  try {
    hierarchy = readHierarchy();
  } catch (error) {
    if (!(error instanceof TsdockerError)) throw error;
  }
  const has = (controller: string): boolean => hierarchy?.controllers.has(controller) === true;
  const [memory, cpu] = [has('memory'), has('cpu')];
  const support = {
    CgroupVersion: hierarchy === undefined ? '' : '2',
    MemoryLimit: memory,
    SwapLimit: memory && limitsSwap(hierarchy!.path),
    CpuCfsPeriod: cpu,
    CpuCfsQuota: cpu,
    CPUShares: cpu,
    CPUSet: has('cpuset'),
    PidsLimit: has('pids'),
    BlkioWeight: has('io'),
  };
  return { ...support, Warnings: hierarchy === undefined ? ['no cgroup v2 file system is mounted'] : missing(support) };
}

/** The root of the tree has no limits of its own, so the groups below it tell (cgroup-v2.rst, "memory.swap.max"). */
const limitsSwap = (tree: string): boolean =>
  readdirSync(tree, { withFileTypes: true }).some(
    (entry) => entry.isDirectory() && existsSync(join(tree, entry.name, 'memory.swap.max')),
  );

/** In Docker's words. */
function missing(support: Omit<CgroupSupport, 'Warnings'>): string[] {
  const words = {
    MemoryLimit: 'memory limit',
    SwapLimit: 'swap limit',
    CpuCfsPeriod: 'cpu cfs period',
    CpuCfsQuota: 'cpu cfs quota',
    CPUShares: 'cpu shares',
    CPUSet: 'cpuset',
    PidsLimit: 'pids limit',
    BlkioWeight: 'io.weight',
  } as const;
  return Object.entries(words)
    .filter(([name]) => !support[name as keyof typeof words])
    .map(([, what]) => `No ${what} support`);
}

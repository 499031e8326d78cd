// What a cgroup and all below it use, as the kernel counts it (cgroup-v2.rst: "cpu.stat", "memory.current", "memory.stat",
// "pids.current", "io.stat"). A file is missing where its controller is, so each figure may be.
import * as k from '../kernel/constants.ts';
import { failedWith, kernel } from '../kernel/index.ts';
import { openFolder, parseNumbers, readFile } from './files.ts';
import { countTasks } from './processes.ts';

export interface CgroupStats {
  /** Time on the processors since the cgroup was made: microseconds. */
  readonly cpuTime?: number;
  /** Bytes, without the pages of files that the kernel would drop first: what Docker calls the usage. */
  readonly memory?: number;
  /** Bytes; absent where there is no limit. */
  readonly memoryLimit?: number;
  /** Bytes read from and written to block devices. */
  readonly blockRead?: number;
  readonly blockWritten?: number;
  /** Tasks: threads count. */
  readonly pids?: number;
}

/** @param path The cgroup's folder. Undefined where there is none. Throws KernelError. */
export function readCgroupStats(path: string): CgroupStats | undefined {
  const cgroup = unlessMissing(() => openFolder(k.AT_FDCWD, path));
  if (cgroup === undefined) return undefined;
  try {
    const stats = parseCgroupStats((name) => unlessMissing(() => readFile(cgroup, name)));
    return stats.pids === undefined ? { ...stats, pids: countTasks(path) } : stats;
  } finally {
    kernel.close(cgroup);
  }
}

/** @param read The text of the cgroup's file of this name, if it has one. */
export function parseCgroupStats(read: (name: string) => string | undefined): CgroupStats {
  const numbers = (name: string): ReadonlyMap<string, number> => parseNumbers(read(name) ?? '');
  const number = (name: string): number | undefined => {
    const text = read(name)?.trim();
    return text === undefined || text === 'max' ? undefined : Number(text);
  };
  return given({
    cpuTime: numbers('cpu.stat').get('usage_usec'),
    memory: used(number('memory.current'), numbers('memory.stat').get('inactive_file')),
    memoryLimit: number('memory.max'),
    ...traffic(read('io.stat')),
    pids: number('pids.current'),
  });
}

/** The two are read one after the other and may disagree; then the first counts, as in Docker. */
function used(current: number | undefined, inactive = 0): number | undefined {
  return current === undefined || inactive >= current ? current : current - inactive;
}

/** Of all devices together. A line: `8:0 rbytes=4096 wbytes=0 rios=1 …`. */
function traffic(text: string | undefined): { blockRead?: number; blockWritten?: number } {
  if (text === undefined) return {};
  const sum = (key: string): number =>
    [...text.matchAll(new RegExp(`\\b${key}=(\\d+)`, 'g'))].reduce((total, [, bytes]) => total + Number(bytes), 0);
  return { blockRead: sum('rbytes'), blockWritten: sum('wbytes') };
}

function given(fields: { readonly [K in keyof CgroupStats]: CgroupStats[K] | undefined }): CgroupStats {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** ENODEV: the cgroup was removed after it, or its file, was opened. EOPNOTSUPP: it has the file, and nothing to say. */
function unlessMissing<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (failedWith(error, 'ENOENT', 'ENODEV', 'EOPNOTSUPP')) return undefined;
    throw error;
  }
}

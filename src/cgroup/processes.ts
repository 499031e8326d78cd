// The processes of a cgroup and of all below it: a container may have made some of its own (cgroup-v2.rst, "cgroup.procs").
import { opendirSync } from 'node:fs';
import * as k from '../kernel/constants.ts';
import { failedWith, kernel } from '../kernel/index.ts';
import { openFolder, readFile } from './files.ts';

/** @param path The cgroup's folder; there may be none. @returns Pids as the host numbers them, in ascending order. */
export function listProcesses(path: string): readonly number[] {
  const pids = new Set<number>();
  const folders = [path];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const pid of processesIn(folder)) pids.add(pid);
    folders.push(...foldersIn(folder));
  }
  return [...pids].sort((a, b) => a - b);
}

function processesIn(folder: string): number[] {
  try {
    const cgroup = openFolder(k.AT_FDCWD, folder);
    try {
      // 0 is a process that our PID namespace does not show.
      return readFile(cgroup, 'cgroup.procs')
        .split('\n')
        .map(Number)
        .filter((pid) => pid > 0);
    } finally {
      kernel.close(cgroup);
    }
  } catch (error) {
    // It vanished meanwhile, or is threaded: then the processes are listed where the threads' domain begins.
    if (failedWith(error, 'ENOENT', 'ENODEV', 'EOPNOTSUPP')) return [];
    throw error;
  }
}

function foldersIn(folder: string): string[] {
  const found: string[] = [];
  try {
    using listing = opendirSync(folder);
    for (let entry = listing.readSync(); entry !== null; entry = listing.readSync())
      if (entry.isDirectory()) found.push(`${folder}/${entry.name}`);
  } catch (error) {
    if (!['ENOENT', 'ENODEV'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
  return found;
}

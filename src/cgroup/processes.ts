// The processes of a cgroup and of all below it: a container may have made some of its own (cgroup-v2.rst, "cgroup.procs", "cgroup.threads").
import { opendirSync } from 'node:fs';
import * as k from '../kernel/constants.ts';
import { failedWith, kernel } from '../kernel/index.ts';
import { openFolder, readFile } from './files.ts';

/** @param path The cgroup's folder; there may be none. @returns Pids as the host numbers them, in ascending order. */
export const listProcesses = (path: string): readonly number[] => list(path, 'cgroup.procs');

/** How many tasks there are: what `pids.current` says, where the kernel counts none for this cgroup. Threads count. */
export const countTasks = (path: string): number => list(path, 'cgroup.threads').length;

function list(path: string, file: string): number[] {
  const numbers = new Set<number>();
  const folders = [path];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const number of numbersIn(folder, file)) numbers.add(number);
    folders.push(...foldersIn(folder));
  }
  return [...numbers].sort((a, b) => a - b);
}

function numbersIn(folder: string, file: string): number[] {
  try {
    const cgroup = openFolder(k.AT_FDCWD, folder);
    try {
      const lines = readFile(cgroup, file).split('\n');
      return lines.map(Number).filter((number) => number > 0); // 0 is one that our PID namespace does not show
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

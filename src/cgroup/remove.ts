// The end of a container's cgroup: kill what is in it, wait until it is empty, remove it with whatever cgroups the
// container made below it. cgroup-v2.rst, "cgroup.kill" and "cgroup.events". The names below are the container's choice.
import { readdirSync } from 'node:fs';
import { TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import { failedWith, kernel } from '../kernel/index.ts';
import { openFolder, parseNumbers, readAll, readFile, writeFile } from './files.ts';

/** How long killed processes may take to go: they may sit in the kernel, writing to a slow disk. */
const patience = 10_000;
const slice = 500;

/** poll(2): an exceptional condition, here a changed file. */
const POLLPRI = 2;

/** Sends SIGKILL to every process in the cgroup and below it, also to those that fork meanwhile (Linux 5.14). */
export function killCgroup(cgroup: number): void {
  writeFile(cgroup, 'cgroup.kill', '1');
}

/** True where a process lives in the cgroup or below it. */
export function isPopulated(cgroup: number): boolean {
  return populatedIn(readFile(cgroup, 'cgroup.events'));
}

const populatedIn = (events: string): boolean => parseNumbers(events).get('populated') !== 0;

/** Of memory.events: how often the cgroup met a limit. Undefined where it has no memory controller. */
export interface MemoryEvents {
  /** Times that a process had to wait for reclaim because of `memory.max`. */
  readonly max: number;
  /** Times that memory could not be had. */
  readonly oom: number;
  /** Processes that the kernel killed for it. */
  readonly oomKill: number;
}

export function readMemoryEvents(cgroup: number): MemoryEvents | undefined {
  try {
    const numbers = parseNumbers(readFile(cgroup, 'memory.events'));
    return { max: numbers.get('max') ?? 0, oom: numbers.get('oom') ?? 0, oomKill: numbers.get('oom_kill') ?? 0 };
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/**
 * Kills and removes the cgroup `id` in `parent`; that it is gone already is no error. Throws `kernel` where processes
 * are still there after ten seconds.
 */
export function removeCgroup(parent: number, id: string): void {
  let cgroup: number;
  try {
    cgroup = openFolder(parent, id);
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return;
    throw error;
  }
  try {
    empty(cgroup, id);
    removeBelow(cgroup);
  } catch (error) {
    // The container's shim removes it at the same time: what is open of it then answers ENODEV.
    if (!failedWith(error, 'ENODEV', 'ENOENT')) throw error;
  } finally {
    kernel.close(cgroup);
  }
  removeFolder(parent, id);
}

/** Kills until nothing is left: a process may have been put in from outside since the last time. */
function empty(cgroup: number, id: string): void {
  for (let waited = 0; waited <= patience; waited += slice) {
    // The kernel wakes a poll when the file has changed since it was last read through the same descriptor.
    const events = kernel.openat(cgroup, 'cgroup.events', k.O_RDONLY);
    try {
      if (!populatedIn(readAll(events))) return;
      killCgroup(cgroup);
      kernel.poll(events, POLLPRI, slice);
    } finally {
      kernel.close(events);
    }
  }
  throw new TsdockerError(
    'kernel',
    `processes of the cgroup ${id} are still there ${patience / 1000} seconds after SIGKILL`,
  );
}

/**
 * Removes every cgroup below, deepest first. One descriptor and a list of names, because the container may have made the
 * tree deeper than a path may be long or descriptors may be many.
 */
function removeBelow(cgroup: number): void {
  const way: string[] = [];
  let here = openFolder(cgroup, '.');
  const go = (name: string): void => {
    const there = openFolder(here, name);
    kernel.close(here);
    here = there;
  };
  try {
    for (;;) {
      const full = foldersIn(here).find((name) => !removeFolder(here, name));
      if (full !== undefined) {
        way.push(full);
        go(full);
        continue;
      }
      const name = way.pop();
      if (name === undefined) return;
      go('..');
      removeFolder(here, name);
    }
  } finally {
    kernel.close(here);
  }
}

const foldersIn = (folder: number): string[] =>
  readdirSync(`/proc/self/fd/${folder}`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);

/** False where there are cgroups in it. */
function removeFolder(parent: number, name: string): boolean {
  try {
    kernel.unlinkat(parent, name, k.AT_REMOVEDIR);
    return true;
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return true;
    if (failedWith(error, 'EBUSY')) return false;
    throw error;
  }
}

// The place of our cgroups in the tree: one folder at its root that holds a folder a container and, in a leaf, shims that take
// their own away. A cgroup that gives controllers to those below it may hold no process itself (cgroup-v2.rst, "No Internal
// Process Constraint"), so nothing lives in the folder directly.
import { TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import { describeErrno, failedWith, kernel } from '../kernel/index.ts';
import { openFolder, readFile, writeFile } from './files.ts';
import { parseControllers } from './hierarchy.ts';

/** Where a shim goes when its container is over, so that it can remove the cgroup it lived in. No container's name. */
export const shimsName = 'shims';

/** Races with other commands end within a try or two; a number this high means something else is wrong. */
const maximumTries = 20;

/**
 * Makes the folder `name` and the shims' leaf in it, where they are not yet, and returns the folder's descriptor, which is
 * the caller's. The descriptor holds a shared lock, and so does every copy of it, a shim's too: as long as one is open,
 * `removeUnusedBase` leaves the folder alone.
 */
export function enterBase(root: number, name: string): number {
  for (let tries = 1; ; tries++) {
    makeFolder(root, name);
    let base: number | undefined;
    try {
      base = openFolder(root, name);
      kernel.flock(base, k.LOCK_SH);
      makeFolder(base, shimsName);
      return base;
    } catch (error) {
      if (base !== undefined) kernel.close(base);
      // ENOENT: another command removed the folder between two of these calls.
      if (!failedWith(error, 'ENOENT') || tries === maximumTries) throw error;
    }
  }
}

/** Removes the folder where no container or shim of any command is in it or about to be. Safe at any time. */
export function removeUnusedBase(root: number, name: string): void {
  let base: number;
  try {
    base = openFolder(root, name);
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return;
    throw error;
  }
  try {
    kernel.flock(base, k.LOCK_EX | k.LOCK_NB);
    kernel.unlinkat(base, shimsName, k.AT_REMOVEDIR);
    kernel.unlinkat(root, name, k.AT_REMOVEDIR);
  } catch (error) {
    // EAGAIN: in use. EBUSY: a process that outlived its shim. ENOENT: another command was faster.
    if (!failedWith(error, 'EAGAIN', 'EBUSY', 'ENOENT')) throw error;
  } finally {
    kernel.close(base);
  }
}

function makeFolder(parent: number, name: string): void {
  try {
    kernel.mkdirat(parent, name, 0o755);
  } catch (error) {
    if (!failedWith(error, 'EEXIST')) throw error;
  }
}

/** A folder on the way from the root to a container, and its path for people. */
export interface Level {
  readonly folder: number;
  readonly path: string;
}

/**
 * Gives `controllers` from each level to the one below it, topmost first. What is on already stays untouched.
 * Throws `conflict` where processes live in one of the levels themselves.
 */
export function enableControllers(levels: readonly Level[], controllers: readonly string[]): void {
  if (controllers.length === 0) return;
  for (let tries = 1; ; tries++) {
    try {
      for (const level of levels) enable(level, controllers);
      return;
    } catch (error) {
      // ENOENT: the level above lost the controller in between; another program manages it too.
      if (!failedWith(error, 'ENOENT') || tries === maximumTries) throw error;
    }
  }
}

function enable({ folder, path }: Level, controllers: readonly string[]): void {
  const enabled = parseControllers(readFile(folder, 'cgroup.subtree_control'));
  const wanted = controllers.filter((name) => !enabled.has(name));
  if (wanted.length === 0) return;
  try {
    writeFile(folder, 'cgroup.subtree_control', wanted.map((name) => `+${name}`).join(' '));
  } catch (error) {
    if (!failedWith(error, 'EBUSY')) throw error;
    const message = `cannot enable ${wanted.join(', ')} below the cgroup ${path}: ${describeErrno(error.errno)}`;
    throw new TsdockerError('conflict', message, {
      cause: error,
      hint: `processes live in ${path} itself; move them into a cgroup below it`,
    });
  }
}

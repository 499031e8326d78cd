// Changing the limits of a container that runs: all of them, or none.
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import * as k from '../kernel/constants.ts';
import { failedWith, kernel } from '../kernel/index.ts';
import { enableControllers, type Level } from './base.ts';
import { writeLimit } from './cgroup.ts';
import { isRelative, type Limit } from './compile-resources.ts';
import { openFolder, readFile, writeFile } from './files.ts';
import { type Hierarchy, readHierarchy } from './hierarchy.ts';
import { missingControllers, neededControllers } from './missing-controllers.ts';
import { payloadPath } from './place.ts';

/**
 * Writes the limits to the cgroup of the container `id`; where it has none, it does not run, and nothing is written. Throws
 * `unsupported` where the host cannot enforce a limit, whether the container runs or not, and `kernel` where the kernel refuses
 * one; then the limits are as they were.
 * @returns What puts the limits back that were there before.
 */
export function updateLimits(id: string, limits: readonly Limit[], hierarchy: Hierarchy = readHierarchy()): () => void {
  const missing = missingControllers(limits, hierarchy);
  if (missing !== undefined) throw missing;
  const path = payloadPath(hierarchy.path, id);
  using undoing = new DisposableStack();
  try {
    giveControllers(hierarchy.path, id, neededControllers(limits));
    undoing.defer(change(dirname(path), limits.filter(isRelative)));
    undoing.defer(change(path, limits));
  } catch (error) {
    if (existsSync(path)) throw error; // else it ended meanwhile, and has no limits any more
  }
  const changed = undoing.move();
  return () => changed.dispose();
}

/** Returns what puts back what was there. What it throws has put it back already. */
function change(path: string, limits: readonly Limit[]): () => void {
  const before: Setting[] = [];
  const undo = (): void => inCgroup(path, (cgroup) => restore(cgroup, before));
  inCgroup(path, (cgroup) => {
    try {
      for (const limit of limits) {
        before.push(...settingOf(cgroup, limit.file));
        writeLimit(cgroup, limit);
      }
    } catch (error) {
      undo();
      throw error;
    }
  });
  return undo;
}

interface Setting {
  readonly file: string;
  readonly value: string;
}

/** Last things first: they were changed last. */
function restore(cgroup: number, settings: readonly Setting[]): void {
  for (const { file, value } of settings.toReversed()) unlessGone(() => writeFile(cgroup, file, value));
}

/** Nothing where the kernel has no such file: `writeLimit` says what that means. */
const settingOf = (cgroup: number, file: string): Setting[] =>
  unlessGone(() => [{ file, value: readFile(cgroup, file) }]) ?? [];

/** Every folder above the container's own gives them to the one below. */
function giveControllers(tree: string, id: string, controllers: readonly string[]): void {
  using opened = new DisposableStack();
  const levels: Level[] = [];
  const inner = payloadPath('', id).split('/').slice(1, -1);
  for (let path = tree, depth = 0; depth <= inner.length; path = `${path}/${inner[depth++]}`) {
    levels.push({ folder: opened.adopt(openFolder(k.AT_FDCWD, path), kernel.close), path });
  }
  enableControllers(levels, controllers);
}

function inCgroup(path: string, action: (cgroup: number) => void): void {
  const cgroup = unlessGone(() => openFolder(k.AT_FDCWD, path));
  if (cgroup === undefined) return;
  try {
    action(cgroup);
  } finally {
    kernel.close(cgroup);
  }
}

/** ENODEV: the cgroup was removed after its file was opened. */
function unlessGone<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (failedWith(error, 'ENOENT', 'ENODEV')) return undefined;
    throw error;
  }
}

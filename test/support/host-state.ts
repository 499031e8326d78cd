// What a command could leave behind on the host: mounts, cgroups, processes, and what lies in a store.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { readHierarchy } from '../../src/cgroup/hierarchy.ts';

export interface HostState {
  readonly mounts: readonly string[];
  readonly cgroups: readonly string[];
  readonly bundles: readonly string[];
  readonly unfinished: readonly string[];
  readonly images: readonly unknown[];
  readonly containers: readonly unknown[];
}

const list = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).sort() : []);

/** Of cgroups only those of the store’s own containers: other tests run containers at the same time. */
export function hostState(root: string): HostState {
  const rows = (table: string): unknown[] => {
    using database = new DatabaseSync(join(root, 'tsdocker.db'), { readOnly: true });
    return database.prepare(`SELECT * FROM ${table}`).all();
  };
  const bundles = list(join(root, 'container'));
  return {
    mounts: readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(root)),
    cgroups: list(join(readHierarchy().path, 'tsdocker')).filter((name) => bundles.includes(name)),
    bundles,
    unfinished: list(join(root, 'tmp')),
    images: rows('images'),
    containers: rows('containers'),
  };
}

// What the kernel is to count for containers without limits too: without its controller, a cgroup has no figures for `stats`, and
// one that gets it later has only what was used since.
import { TsdockerError } from '../error.ts';
import { enableControllers, type Level } from './base.ts';
import type { Hierarchy } from './hierarchy.ts';

const counting = ['cpu', 'io', 'memory', 'pids'];

/** Gives these controllers from each level to the one below it where the host has them and lets us: figures are no reason to fail. */
export function countUse(levels: readonly Level[], { controllers }: Hierarchy): void {
  const available = counting.filter((name) => controllers.has(name));
  if (available.length === 0 || tryToEnable(levels, available)) return;
  for (const name of available) tryToEnable(levels, [name]); // one that is refused keeps no other one back
}

function tryToEnable(levels: readonly Level[], controllers: readonly string[]): boolean {
  try {
    enableControllers(levels, controllers);
    return true;
  } catch (error) {
    if (!(error instanceof TsdockerError)) throw error;
    return false;
  }
}

// Takes what is damaged out of its place, so that the next pull does not take it for whole and fetches it again. It is moved to
// tmp/, where it may be looked at until the next garbage collection finds it with nobody's lock on it.
import { renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { kernel } from '../kernel/index.ts';
import { listContainers } from '../store/containers.ts';
import { besideCollector } from '../store/lease.ts';
import type { Store } from '../store/store.ts';
import type { Damage } from './verify.ts';

/** @returns The name of a container that runs on it, which would lose its files; then it stays. */
export function setAside(store: Store, { part, path }: Damage): string | undefined {
  if (path === undefined) return undefined;
  if ('layer' in part) {
    const user = listContainers(store).find(
      ({ record, state }) =>
        record.chain.includes(part.layer) && (state.status === 'running' || state.status === 'creating'),
    );
    if (user !== undefined) return user.record.name;
  }
  const name = `damaged-${basename(path).slice(0, 64)}-${Buffer.from(kernel.getrandom(4)).toString('hex')}`;
  besideCollector(store, () => {
    try {
      renameSync(path, join(store.paths.tmp, name));
    } catch (error) {
      // Someone removed it.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  });
  return undefined;
}

// All containers as they are now, for those who list them: a sweep looks at each several times, so there is one only where
// something is left to sweep up.
import { listBundles } from '../store/bundles.ts';
import { countContainers } from '../store/container-count.ts';
import { type ListedContainer, listContainers } from '../store/containers.ts';
import type { Store } from '../store/store.ts';
import { sweepContainers } from './sweep.ts';

/** The newest first. What killed shims and commands left behind is put right. */
export function currentContainers(store: Store): ListedContainer[] {
  const listed = listContainers(store);
  const isWhole =
    listed.every(({ state }) => state.status !== 'dead') &&
    listed.length === listBundles(store).length &&
    listed.length === countContainers(store);
  if (isWhole) return listed;
  sweepContainers(store);
  return listContainers(store);
}

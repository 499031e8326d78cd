// The container whose network another one is to share (`--network container:ID`): with it come its name on the network and the files
// that say so, as in Docker.
import { joinedContainer } from '../../spec/networks.ts';
import type { RunOptions } from '../../spec/run-options.ts';
import { bundlePath, readSpec } from '../../store/bundles.ts';
import { findContainer } from '../../store/containers.ts';
import type { Store } from '../../store/store.ts';

export interface Sharer {
  /** Its folder, whose files of /etc both have. */
  readonly bundle: string;
  /** What the sharing one takes over; the container is named by its id from now on, which no rename changes. */
  readonly options: Pick<RunOptions, 'network' | 'hostname'>;
}

/** Undefined where nothing is shared. Throws `notFound`. */
export function findSharer(store: Store, { network }: Pick<RunOptions, 'network'>): Sharer | undefined {
  const name = joinedContainer(network);
  if (name === undefined) return undefined;
  const { record } = findContainer(store, name);
  const { hostname } = readSpec(store, record);
  return {
    bundle: bundlePath(store, record.id),
    options: { network: { container: record.id }, ...(hostname === undefined ? {} : { hostname }) },
  };
}

// What a name means to `inspect`: a container first, then an image, then a network, as for Docker.
import { TsdockerError } from '../error.ts';
import { findContainer } from '../store/containers.ts';
import { findNetwork } from '../store/networks.ts';
import type { Store } from '../store/store.ts';
import { type InspectOptions, inspectContainer } from './inspect-container.ts';
import { inspectImage } from './inspect-image.ts';
import { needImage } from './need-image.ts';
import { inspectNetwork } from './network/inspect.ts';

export type ObjectKind = 'container' | 'image' | 'network';

/** In the shape of Docker's API. Throws `notFound`, and `usage` or `conflict` for an ambiguous id. */
export function inspectObject(
  store: Store,
  name: string,
  kinds: readonly ObjectKind[],
  options: InspectOptions = {},
): unknown {
  for (const kind of kinds) {
    try {
      if (kind === 'container') return inspectContainer(store, findContainer(store, name), options);
      return kind === 'image'
        ? inspectImage(store, needImage(store, name))
        : inspectNetwork(store, findNetwork(store, name));
    } catch (error) {
      if (kinds.length === 1 || !(error instanceof TsdockerError) || error.code !== 'notFound') throw error;
    }
  }
  throw new TsdockerError('notFound', `there is no ${kinds.slice(0, -1).join(', ')} or ${kinds.at(-1)} ${name}`, {
    hint: 'tsdocker ps -a, tsdocker images and tsdocker network ls list them all',
  });
}

// What a name means to `inspect`: a container first, then an image, as for Docker.
import { TsdockerError } from '../error.ts';
import { findContainer } from '../store/containers.ts';
import type { Store } from '../store/store.ts';
import { type InspectOptions, inspectContainer } from './inspect-container.ts';
import { inspectImage } from './inspect-image.ts';
import { needImage } from './need-image.ts';

export type ObjectKind = 'container' | 'image';

/** In the shape of Docker's API. Throws `notFound`, and `usage` or `conflict` for an ambiguous id. */
export function inspectObject(
  store: Store,
  name: string,
  kinds: readonly ObjectKind[],
  options: InspectOptions = {},
): unknown {
  for (const kind of kinds) {
    try {
      return kind === 'container'
        ? inspectContainer(store, findContainer(store, name), options)
        : inspectImage(store, needImage(store, name));
    } catch (error) {
      if (kinds.length === 1 || !(error instanceof TsdockerError) || error.code !== 'notFound') throw error;
    }
  }
  throw new TsdockerError('notFound', `there is no ${kinds.join(' or ')} ${name}`, {
    hint: 'tsdocker ps -a and tsdocker images list them all',
  });
}

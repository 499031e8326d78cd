// What the images of containers say of them, for those who ask about many containers: each image is read once.

import type { ExecutionConfig } from '../image/config.ts';
import type { Digest } from '../image/digest.ts';
import { readConfig } from '../store/images.ts';
import type { Store } from '../store/store.ts';

/** Nothing is known of an image that was removed by force, or that cannot be read. */
export function executionConfigs(store: Store): (imageId: Digest | '') => ExecutionConfig {
  const known = new Map<string, ExecutionConfig>();
  return (imageId) => {
    const found = known.get(imageId);
    if (found !== undefined) return found;
    const config = read(store, imageId);
    known.set(imageId, config);
    return config;
  };
}

function read(store: Store, imageId: Digest | ''): ExecutionConfig {
  try {
    return imageId === '' ? {} : readConfig(store, imageId).config;
  } catch {
    return {};
  }
}

// A layer of the directory driver, as a layer above sees it.
import { fstatSync } from 'node:fs';
import * as k from '../kernel/constants.ts';
import { failedWith, kernel } from '../kernel/index.ts';
import { byteKernel } from './byte-names.ts';
import type { LowerLayer, Step } from './lower-layers.ts';
import { isOpaque, readMetadata } from './metadata.ts';
import { isWhiteout } from './places.ts';

/** @param path The layer's root. */
export function openLowerDirectory(path: string): LowerLayer {
  const root = kernel.openat(k.AT_FDCWD, path, k.O_PATH | k.O_DIRECTORY);
  return { walk: (below) => walk(root, below), [Symbol.dispose]: () => kernel.close(root) };
}

function walk(root: number, path: readonly string[]): Step {
  let opaque = false;
  let place = byteKernel.openat(root, '.', k.O_PATH | k.O_DIRECTORY);
  try {
    for (const component of path) {
      let next: number;
      try {
        next = byteKernel.openat(place, component, k.O_PATH | k.O_NOFOLLOW);
      } catch (error) {
        if (failedWith(error, 'ENOENT')) return { isCovered: opaque };
        if (failedWith(error, 'ENOTDIR')) return { isCovered: true };
        throw error;
      }
      byteKernel.close(place);
      place = next;
      const facts = fstatSync(place, { bigint: true });
      if (isWhiteout(facts)) return { isCovered: true };
      if (facts.isDirectory()) opaque ||= isOpaque(place);
    }
    const facts = fstatSync(place, { bigint: true });
    const metadata = facts.isDirectory() ? readMetadata(place, facts) : undefined;
    return { isCovered: true, found: { isDirectory: facts.isDirectory(), metadata: () => metadata! } };
  } finally {
    byteKernel.close(place);
  }
}

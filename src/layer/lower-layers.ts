// What the layers below a new one have at a path, as overlayfs would show it (kernel Documentation/filesystems/overlayfs.rst).
import { type BigIntStats, fstatSync } from 'node:fs';
import * as k from '../kernel/constants.ts';
import { failedWith, kernel } from '../kernel/index.ts';
import { byteKernel } from './byte-names.ts';
import type { Metadata } from './entry.ts';
import { isOpaque, readMetadata } from './metadata.ts';
import { isWhiteout } from './places.ts';

export interface LowerLayers extends Disposable {
  /** True where a file of any kind is there. */
  has(path: readonly string[]): boolean;
  /** Owner, permissions and so on of the directory that is there, if one is. */
  directory(path: readonly string[]): Metadata | undefined;
}

/** @param directories The topmost first. */
export function openLowerLayers(directories: readonly string[]): LowerLayers {
  const roots: number[] = [];
  const close = (): void => {
    for (const root of roots.splice(0)) kernel.close(root);
  };
  try {
    for (const path of directories) roots.push(kernel.openat(k.AT_FDCWD, path, k.O_PATH | k.O_DIRECTORY));
  } catch (error) {
    close();
    throw error;
  }

  function find<T>(path: readonly string[], found: (place: number, facts: BigIntStats) => T): T | undefined {
    for (const root of roots) {
      const step = walk(root, path, found);
      if (step.covered) return step.result;
    }
    return undefined;
  }

  return {
    has: (path) => find(path, () => true) ?? false,
    directory: (path) => find(path, (place, facts) => (facts.isDirectory() ? readMetadata(place, facts) : undefined)),
    [Symbol.dispose]: close,
  };
}

interface Step<T> {
  /** True where this layer says what is there, or that nothing is: the layers below it do not count. */
  readonly covered: boolean;
  readonly result?: T | undefined;
}

/** Component by component, never through a link: overlayfs merges directories by their names. */
function walk<T>(root: number, path: readonly string[], found: (place: number, facts: BigIntStats) => T): Step<T> {
  let opaque = false;
  let place = byteKernel.openat(root, '.', k.O_PATH | k.O_DIRECTORY);
  try {
    for (const component of path) {
      let next: number;
      try {
        next = byteKernel.openat(place, component, k.O_PATH | k.O_NOFOLLOW);
      } catch (error) {
        if (failedWith(error, 'ENOENT')) return { covered: opaque };
        if (failedWith(error, 'ENOTDIR')) return { covered: true };
        throw error;
      }
      byteKernel.close(place);
      place = next;
      const facts = fstatSync(place, { bigint: true });
      if (isWhiteout(facts)) return { covered: true };
      if (facts.isDirectory()) opaque ||= isOpaque(place);
    }
    return { covered: true, result: found(place, fstatSync(place, { bigint: true })) };
  } finally {
    byteKernel.close(place);
  }
}

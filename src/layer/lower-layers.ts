// What the layers below a new one have at a path, as overlayfs would show it (kernel Documentation/filesystems/overlayfs.rst).
import type { Metadata } from './entry.ts';

export interface LowerLayers {
  /** True where a file of any kind is there. */
  has(path: readonly string[]): boolean;
  /** Owner, permissions and so on of the directory that is there, if one is. */
  directory(path: readonly string[]): Metadata | undefined;
}

/** One layer on its own. Belongs to whoever opened it. */
export interface LowerLayer extends Disposable {
  /** Goes to `path` component by component, never through a link: overlayfs merges directories by their names. */
  walk(path: readonly string[]): Step;
}

export interface Step {
  /** True where this layer says what is there, or that nothing is: the layers below it do not count. */
  readonly isCovered: boolean;
  /** What is there, if anything. */
  readonly found?: Found;
}

export interface Found {
  readonly isDirectory: boolean;
  metadata(): Metadata;
}

/** @param layers The topmost first; they stay the caller's. */
export function lowerLayers(layers: readonly LowerLayer[]): LowerLayers {
  function find(path: readonly string[]): Found | undefined {
    for (const layer of layers) {
      const step = layer.walk(path);
      if (step.isCovered) return step.found;
    }
    return undefined;
  }
  return {
    has: (path) => find(path) !== undefined,
    directory(path) {
      const found = find(path);
      return found?.isDirectory === true ? found.metadata() : undefined;
    },
  };
}

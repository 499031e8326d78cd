// Whiteouts: how a layer says that something of the layers below is gone (image-spec layer.md, "Whiteouts").
import { TsdockerError } from '../error.ts';
import { shown } from './byte-names.ts';

const prefix = '.wh.';
/** What a layer has in a directory that shows nothing of the layers below. */
export const opaqueName = '.wh..wh..opq';
/** What a layer has for something that is gone, of that name. */
export const whiteoutName = (target: string): string => prefix + target;
/** AUFS, where these names come from, kept its own files in layers under this prefix. They mean nothing. */
const privatePrefix = '.wh..wh.';

export type Meaning =
  | { readonly kind: 'entry' }
  /** `target`, in the same directory, is gone from the layers below. */
  | { readonly kind: 'whiteout'; readonly target: string }
  /** Everything of the layers below in the same directory is gone. */
  | { readonly kind: 'opaque' }
  | { readonly kind: 'ignored' };

/**
 * What an entry's name means. Throws `corrupt`.
 *
 * ATTACK: `.wh...` is a whiteout of `..` and `.wh..` one of `.`: who joins the rest of such a name to a path deletes, or
 * replaces by a device node, what lies outside of the directory. A directory named `.wh.x` would be a whiteout to some
 * engines and a directory to others.
 */
export function whiteoutOf(components: readonly string[]): Meaning {
  const name = components.at(-1) ?? '';
  const path = components.join('/');
  if (components.slice(0, -1).some((parent) => parent.startsWith(prefix))) {
    throw new TsdockerError('corrupt', `the entry ${shown(path)} lies in a whiteout`);
  }
  if (!name.startsWith(prefix)) return { kind: 'entry' };
  if (name === opaqueName) return { kind: 'opaque' };
  if (name.startsWith(privatePrefix)) return { kind: 'ignored' };
  const target = name.slice(prefix.length);
  if (target === '' || target === '.' || target === '..') {
    throw new TsdockerError('corrupt', `the whiteout ${shown(path)} names nothing that can be removed`);
  }
  return { kind: 'whiteout', target };
}

/**
 * ATTACK: a character device 0/0 is a whiteout to overlayfs (kernel Documentation/filesystems/overlayfs.rst, "whiteouts and
 * opaque directories"). As an entry of a layer it would hide files of the layers below from the container, but not from
 * a scanner that reads the archive.
 */
export function refuseHiddenWhiteout(path: string, type: string, major: number, minor: number): void {
  if (type === 'character-device' && major === 0 && minor === 0) {
    throw new TsdockerError(
      'corrupt',
      `the entry ${shown(path)} is a device 0/0, which overlayfs takes for a whiteout`,
    );
  }
}

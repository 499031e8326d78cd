// A name in a directory that we hold open, and what can be asked and done there without following a link. Names are byte
// strings. Nobody else works in these directories, but what lies in them was named by a stranger.
import { type BigIntStats, fstatSync, readdirSync } from 'node:fs';
import * as k from '../kernel/constants.ts';
import { failedWith } from '../kernel/index.ts';
import { byteKernel } from './byte-names.ts';

/** What `name` in `folder` is, or undefined where it is nothing. */
export function look(folder: number, name: string): BigIntStats | undefined {
  let place: number;
  try {
    place = byteKernel.openat(folder, name, k.O_PATH | k.O_NOFOLLOW);
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    return fstatSync(place, { bigint: true });
  } finally {
    byteKernel.close(place);
  }
}

/** overlayfs's own mark for "gone" (kernel Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories"). */
export const isWhiteout = (facts: BigIntStats): boolean => facts.isCharacterDevice() && facts.rdev === 0n;

/** Opens the directory `name`, never through a link. The caller closes it. */
export const openDirectory = (folder: number, name: string): number =>
  byteKernel.openat(folder, name, k.O_RDONLY | k.O_DIRECTORY | k.O_NOFOLLOW);

/** The path by which calls that take no descriptor reach `name` in `folder`. */
export const pathOf = (folder: number, name: string): string => `/proc/self/fd/${folder}/${name}`;

/**
 * Removes `name` and all below it.
 *
 * ATTACK: a layer can hold a tree that is deeper than any path and any stack, made step by step through links. So nothing
 * descends: each directory that is found is moved up beside its parent, into `trash`, and waits there for its turn.
 * @param trash A directory on the same file system that holds nothing else.
 */
export function removeTree(folder: number, name: string, trash: number): void {
  if (!look(folder, name)?.isDirectory()) {
    byteKernel.unlinkat(folder, name);
    return;
  }
  let made = 0;
  const waiting: string[] = [];
  const discard = (from: number, what: string): void => {
    const place = String(made++);
    byteKernel.renameat2(from, what, trash, place);
    waiting.push(place);
  };
  discard(folder, name);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const directory = openDirectory(trash, next);
    try {
      for (const child of readdirSync(`/proc/self/fd/${directory}`, { encoding: 'latin1' })) {
        if (look(directory, child)?.isDirectory()) discard(directory, child);
        else byteKernel.unlinkat(directory, child);
      }
    } finally {
      byteKernel.close(directory);
    }
    byteKernel.unlinkat(trash, next, k.AT_REMOVEDIR);
  }
}

// A layer that is an EROFS image, as a layer above sees it.
import { closeSync, openSync } from 'node:fs';
import * as k from '../../kernel/constants.ts';
import { isOverlayAttribute } from '../attributes.ts';
import type { Metadata } from '../entry.ts';
import type { LowerLayer, Step } from '../lower-layers.ts';
import { type ErofsImage, isDirectory, openErofs } from './reader.ts';

/** @param path Of the image. Throws `corrupt` where it is damaged, also later. */
export function openLowerImage(path: string): LowerLayer {
  const file = openSync(path, 'r');
  try {
    const image = openErofs(file);
    return { walk: (below) => walk(image, below), [Symbol.dispose]: () => closeSync(file) };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function walk(image: ErofsImage, path: readonly string[]): Step {
  let isHidden = false;
  let nid = image.root;
  for (const component of path) {
    if (!isDirectory(image.inode(nid))) return { isCovered: true };
    const next = image.lookUp(nid, component);
    if (next === undefined) return { isCovered: isHidden };
    nid = next.nid;
    if (isWhiteout(image, nid)) return { isCovered: true };
    isHidden ||= isOpaque(image, nid);
  }
  return {
    isCovered: true,
    found: { isDirectory: isDirectory(image.inode(nid)), metadata: () => metadataOf(image, nid) },
  };
}

function isWhiteout(image: ErofsImage, nid: number): boolean {
  const { mode, word } = image.inode(nid);
  return (mode & k.S_IFMT) === k.S_IFCHR && word === 0;
}

const isOpaque = (image: ErofsImage, nid: number): boolean =>
  image.attributes(nid).some(({ name }) => name === 'trusted.overlay.opaque');

function metadataOf(image: ErofsImage, nid: number): Metadata {
  const { mode, uid, gid, modified } = image.inode(nid);
  const attributes = image.attributes(nid).filter(({ name }) => !isOverlayAttribute(name));
  return { mode: mode & 0o7777, uid, gid, modified, accessed: modified, attributes };
}

// Where everything but the files' data goes in an image: first whole blocks of directories and long links, then the inodes,
// each with its attributes and, where it fits, what is left of a directory or the target of a link.

import type { Attribute } from '../attributes.ts';
import { type DirectoryShape, shapeOf } from './directory.ts';
import { blockSize, inodeSize, layoutInline, layoutPlain, roundUp, slotSize } from './format.ts';
import type { DirectoryNode, Node } from './node.ts';
import { attributeBytes, storable } from './xattrs.ts';

/** An inode with its place. */
export interface Placed {
  readonly node: Node;
  readonly attributes: readonly Attribute[];
  readonly attributeBytes: number;
  /** Of a directory: of what its data is made. */
  readonly listing?: Listing;
  /** Bytes of the data. */
  readonly size: number;
  readonly layout: number;
  /** Bytes of the data that follow the inode, and how many whole blocks lie elsewhere, beginning where. */
  readonly inlineBytes: number;
  readonly blocks: number;
  readonly firstBlock: number;
  /** Bytes from the beginning of the metadata. */
  readonly position: number;
}

export interface Listing {
  readonly parent: DirectoryNode;
  readonly names: readonly string[];
  readonly shape: DirectoryShape;
}

export interface Layout {
  /** In the order of their positions. */
  readonly inodes: readonly Placed[];
  /** The first block of the metadata; what `firstBlock` of the inodes refers to lies before it. */
  readonly metaBlock: number;
  readonly metaBytes: number;
}

/**
 * Gives every node its nid and its number of links. A directory is followed by what it holds, so that listing a tree reads
 * the metadata from front to back.
 * @param firstBlock The first block behind the files' data.
 */
export function layOut(root: DirectoryNode, firstBlock: number): Layout {
  const inodes: Placed[] = [];
  let nextBlock = firstBlock;
  let end = 2 * slotSize; // a nid of 0 would be no inode number to user space

  function place(node: Node, parent: DirectoryNode): void {
    if (node.nid !== undefined) {
      node.links!++;
      return;
    }
    const attributes = storable(node.metadata.attributes.concat(overlayAttributes(node)));
    const attributeSize = attributeBytes(attributes);
    const listing = node.type === 'directory' ? list(node, parent) : undefined;
    const size = listing?.shape.size ?? sizeOf(node);
    const own = node.type === 'file' ? 0 : size;
    const tail = own % blockSize;
    // What follows an inode must lie in the inode's block.
    const isInline = tail > 0 && inodeSize + attributeSize + tail <= blockSize;
    const inlineBytes = isInline ? tail : 0;
    const blocks = Math.ceil((own - inlineBytes) / blockSize);
    const whole = inodeSize + attributeSize + inlineBytes;
    const room = blockSize - (end % blockSize);
    const position = isInline && whole > room ? end + room : end;
    node.nid = position / slotSize;
    node.links = 1;
    inodes.push({
      node,
      attributes,
      attributeBytes: attributeSize,
      ...(listing && { listing }),
      size,
      layout: isInline ? layoutInline : layoutPlain,
      inlineBytes,
      blocks,
      firstBlock: nextBlock,
      position,
    });
    nextBlock += blocks;
    end = roundUp(position + whole, slotSize);
    if (node.type === 'directory') placeChildren(node);
  }

  function placeChildren(directory: DirectoryNode): void {
    let subdirectories = 0;
    for (const child of directory.children.values()) {
      place(child, directory);
      if (child.type === 'directory') subdirectories++;
    }
    directory.links = 2 + subdirectories;
  }

  place(root, root);
  return { inodes, metaBlock: nextBlock, metaBytes: end };
}

function list(directory: DirectoryNode, parent: DirectoryNode): Listing {
  const names = [...directory.children.keys(), '.', '..'].sort();
  return { parent, names, shape: shapeOf(names) };
}

function sizeOf(node: Node): number {
  if (node.type === 'file') return node.size;
  return node.type === 'symlink' ? node.target.length : 0;
}

/** Both names: the second counts in a mount of a user namespace. */
function overlayAttributes(node: Node): Attribute[] {
  if (node.type !== 'directory' || node.opaque !== 'yes') return [];
  const value = new Uint8Array([0x79]); // "y"
  return [
    { name: 'trusted.overlay.opaque', value },
    { name: 'user.overlay.opaque', value },
  ];
}

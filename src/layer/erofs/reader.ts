// Reads an image that writer.ts wrote, without mounting it: to settle the layers above it, and to check it.
import { readSync } from 'node:fs';
import { TsdockerError } from '../../error.ts';
import * as k from '../../kernel/constants.ts';
import type { Attribute } from '../attributes.ts';
import { type Dirent, readDirectoryBlock } from './directory.ts';
import {
  blockSize,
  decodeInode,
  decodeSuperblock,
  type Inode,
  inodeSize,
  layoutInline,
  layoutPlain,
  slotSize,
  superblockOffset,
  superblockSize,
} from './format.ts';
import { readAttributes } from './xattrs.ts';

export interface ErofsImage {
  readonly root: number;
  /** Throws `corrupt` for a nid that is none, as all of these do for an image that is damaged. */
  inode(nid: number): Inode;
  attributes(nid: number): Attribute[];
  /** The entry `name`, a byte string, of a directory. */
  lookUp(directory: number, name: string): Dirent | undefined;
  /** All entries of a directory, `.` and `..` included, in the order of their names' bytes. */
  list(directory: number): Dirent[];
  /** The data of a file, directory or link, from `offset`, at most `length` bytes. */
  read(nid: number, offset: number, length: number): Buffer;
}

/** @param file A descriptor for reading; it stays the caller's. Throws `corrupt` where it is no image of ours. */
export function openErofs(file: number): ErofsImage {
  const superblock = decodeSuperblock(readAt(superblockOffset, superblockSize));
  if (superblock === undefined) throw damaged('it has no superblock');
  const { rootNid, metaBlock } = superblock;

  function readAt(position: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, position));
  }

  const placeOf = (nid: number): number => metaBlock * blockSize + nid * slotSize;

  const inode = (nid: number): Inode => guarded(() => decodeInode(readAt(placeOf(nid), inodeSize), 0));

  function read(nid: number, offset: number, length: number): Buffer {
    const { size, layout, word, attributeBytes } = inode(nid);
    const wanted = Math.max(0, Math.min(length, size - offset));
    if (layout !== layoutPlain && layout !== layoutInline) throw damaged('it has a layout that we do not write');
    const tailAt = layout === layoutInline ? size - (size % blockSize) : size;
    const fromBlocks = Math.max(0, Math.min(wanted, tailAt - offset));
    const parts = [readAt(word * blockSize + offset, fromBlocks)];
    if (wanted > fromBlocks) {
      const inTail = Math.max(offset, tailAt) - tailAt;
      parts.push(readAt(placeOf(nid) + inodeSize + attributeBytes + inTail, wanted - fromBlocks));
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  const readBlock = (directory: number, block: number): Dirent[] =>
    guarded(() => readDirectoryBlock(read(directory, block * blockSize, blockSize)));

  const blocksOf = (directory: number): number => Math.ceil(inode(directory).size / blockSize);

  return {
    root: rootNid,
    inode,
    attributes(nid) {
      const { attributeBytes } = inode(nid);
      return guarded(() => readAttributes(readAt(placeOf(nid) + inodeSize, attributeBytes)));
    },
    lookUp(directory, name) {
      let [low, high] = [0, blocksOf(directory) - 1];
      while (low <= high) {
        const middle = (low + high) >> 1;
        const dirents = readBlock(directory, middle);
        if (name < dirents[0]!.name) high = middle - 1;
        else if (name > dirents.at(-1)!.name) low = middle + 1;
        else return dirents.find((dirent) => dirent.name === name);
      }
      return undefined;
    },
    list(directory) {
      const dirents: Dirent[] = [];
      for (let block = 0; block < blocksOf(directory); block++) dirents.push(...readBlock(directory, block));
      return dirents;
    },
    read,
  };
}

export const isDirectory = ({ mode }: Inode): boolean => (mode & k.S_IFMT) === k.S_IFDIR;

const damaged = (why: string, cause?: unknown): TsdockerError =>
  new TsdockerError('corrupt', `a layer's file system image is damaged: ${why}`, {
    cause,
    hint: 'tsdocker image verify says which one',
  });

function guarded<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw damaged(error.message, error);
    throw error;
  }
}

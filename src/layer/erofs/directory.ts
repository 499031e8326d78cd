// The data of a directory of an EROFS image: blocks that each hold entries of fixed size, then their names, all in the order of
// the names' bytes, because the kernel finds a name by halving (kernel fs/erofs/namei.c).
import { blockSize, direntSize } from './format.ts';

export interface Dirent {
  /** A byte string. */
  readonly name: string;
  readonly nid: number;
  readonly type: number;
}

/** How the sorted names fall into blocks: the number of names of each, and the bytes in the last. */
export interface DirectoryShape {
  readonly counts: readonly number[];
  readonly size: number;
}

/** @param names Sorted byte strings, `.` and `..` among them. */
export function shapeOf(names: readonly string[]): DirectoryShape {
  const counts: number[] = [];
  let count = 0;
  let used = 0;
  for (const name of names) {
    const needed = direntSize + name.length;
    if (used + needed > blockSize) {
      counts.push(count);
      count = 0;
      used = 0;
    }
    count++;
    used += needed;
  }
  counts.push(count);
  return { counts, size: (counts.length - 1) * blockSize + used };
}

/** Writes `shape.size` bytes. @param dirents As many, and in the order, that the shape was made of. */
export function writeDirectory(dirents: readonly Dirent[], shape: DirectoryShape, bytes: Buffer, start: number): void {
  let next = 0;
  for (const [block, count] of shape.counts.entries()) {
    const blockAt = start + block * blockSize;
    let nameAt = count * direntSize;
    for (let index = 0; index < count; index++) {
      const { name, nid, type } = dirents[next++]!;
      const at = blockAt + index * direntSize;
      bytes.writeUInt32LE(nid % 2 ** 32, at);
      bytes.writeUInt32LE(Math.floor(nid / 2 ** 32), at + 4);
      bytes.writeUInt16LE(nameAt, at + 8);
      bytes.writeUInt8(type, at + 10);
      bytes.write(name, blockAt + nameAt, 'latin1');
      nameAt += name.length;
    }
  }
}

/** The entries of one block. Throws RangeError for a block that is none. */
export function readDirectoryBlock(block: Buffer): Dirent[] {
  const dirents: Dirent[] = [];
  const count = block.readUInt16LE(8) / direntSize;
  if (!Number.isInteger(count) || count < 1) throw new RangeError('a broken directory');
  for (let index = 0; index < count; index++) {
    const at = index * direntSize;
    const nameAt = block.readUInt16LE(at + 8);
    const isLast = index + 1 === count;
    const end = isLast ? endOfName(block, nameAt) : block.readUInt16LE(at + direntSize + 8);
    if (nameAt >= end || end > block.byteLength) throw new RangeError('a broken directory');
    dirents.push({
      name: block.toString('latin1', nameAt, end),
      nid: block.readUInt32LE(at) + block.readUInt32LE(at + 4) * 2 ** 32,
      type: block.readUInt8(at + 10),
    });
  }
  return dirents;
}

function endOfName(block: Buffer, at: number): number {
  const end = block.indexOf(0, at);
  return end < 0 ? block.byteLength : end;
}

// The structures of an EROFS image, as bytes (kernel fs/erofs/erofs_fs.h; Documentation/filesystems/erofs.rst). Little endian.
// What we write is the plainest form: one device, no compression, extended inodes, blocks of 4096 bytes, which every
// kernel with EROFS and erofs-utils 1.5 read.
import * as k from '../../kernel/constants.ts';

export const blockSize = 4096;
export const superblockOffset = 1024;
export const superblockSize = 128;
const magic = 0xe0f5e1e2;
/** i_mtime is the time of modification, not of change. */
const featureMtime = 0x2;

/** The unit in which inodes are numbered: a nid is the place of an inode, counted in these from the metadata's first block. */
export const slotSize = 32;
export const inodeSize = 64;
export const direntSize = 12;

/** Where the data of a file or directory lies. Inline: what is left of the last block follows the inode. */
export const layoutPlain = 0;
export const layoutInline = 2;

export const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

export interface Superblock {
  readonly rootNid: number;
  readonly inodes: number;
  readonly blocks: number;
  /** The first block of the metadata. */
  readonly metaBlock: number;
}

/** `struct erofs_super_block`. It stands at `superblockOffset`. */
export function encodeSuperblock({ rootNid, inodes, blocks, metaBlock }: Superblock): Buffer {
  const bytes = Buffer.alloc(superblockSize);
  bytes.writeUInt32LE(magic, 0);
  bytes.writeUInt32LE(featureMtime, 8);
  bytes.writeUInt8(Math.log2(blockSize), 12);
  bytes.writeUInt16LE(rootNid, 14);
  bytes.writeBigUInt64LE(BigInt(inodes), 16);
  bytes.writeUInt32LE(blocks, 36);
  bytes.writeUInt32LE(metaBlock, 40);
  return bytes;
}

export interface Inode {
  /** With the S_IF type. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Nanoseconds since the epoch. */
  readonly modified: bigint;
  readonly size: number;
  readonly links: number;
  readonly layout: number;
  /** The first block of the data, or the number of a device as `deviceWord` gives it. */
  readonly word: number;
  /** Bytes of the attributes that follow the inode; 0, or what `encodeAttributes` gave. */
  readonly attributeBytes: number;
  /** For stat(2) on 32 bits; any number that no other inode has. */
  readonly number: number;
}

/** `struct erofs_inode_extended`. */
export function encodeInode(inode: Inode, bytes: Buffer, at: number): void {
  bytes.writeUInt16LE(1 | (inode.layout << 1), at);
  bytes.writeUInt16LE(attributeCount(inode.attributeBytes), at + 2);
  bytes.writeUInt16LE(inode.mode, at + 4);
  bytes.writeBigUInt64LE(BigInt(inode.size), at + 8);
  bytes.writeUInt32LE(inode.word, at + 16);
  bytes.writeUInt32LE(inode.number, at + 20);
  bytes.writeUInt32LE(inode.uid, at + 24);
  bytes.writeUInt32LE(inode.gid, at + 28);
  const nanoseconds = ((inode.modified % second) + second) % second;
  bytes.writeBigInt64LE((inode.modified - nanoseconds) / second, at + 32);
  bytes.writeUInt32LE(Number(nanoseconds), at + 40);
  bytes.writeUInt32LE(inode.links, at + 44);
}

const second = 1_000_000_000n;

/** Reads what `encodeInode` wrote. Throws RangeError where the bytes end too early. */
export function decodeInode(bytes: Buffer, at: number): Inode {
  const count = bytes.readUInt16LE(at + 2);
  return {
    layout: (bytes.readUInt16LE(at) >> 1) & 7,
    attributeBytes: count === 0 ? 0 : attributeHeader + 4 * (count - 1),
    mode: bytes.readUInt16LE(at + 4),
    size: Number(bytes.readBigUInt64LE(at + 8)),
    word: bytes.readUInt32LE(at + 16),
    number: bytes.readUInt32LE(at + 20),
    uid: bytes.readUInt32LE(at + 24),
    gid: bytes.readUInt32LE(at + 28),
    modified: bytes.readBigInt64LE(at + 32) * second + BigInt(bytes.readUInt32LE(at + 40)),
    links: bytes.readUInt32LE(at + 44),
  };
}

export function decodeSuperblock(bytes: Buffer): Superblock | undefined {
  if (bytes.byteLength < superblockSize || bytes.readUInt32LE(0) !== magic) return undefined;
  return {
    rootNid: bytes.readUInt16LE(14),
    inodes: Number(bytes.readBigUInt64LE(16)),
    blocks: bytes.readUInt32LE(36),
    metaBlock: bytes.readUInt32LE(40),
  };
}

/** `struct erofs_xattr_ibody_header`: a filter of names, a count of shared attributes, both unused here. */
export const attributeHeader = 12;

/** i_xattr_icount: the header counts as one, the rest in words of four bytes. */
const attributeCount = (bytes: number): number => (bytes === 0 ? 0 : (bytes - attributeHeader) / 4 + 1);

/** Of a device, as the kernel's new_encode_dev puts it into 32 bits. */
export const deviceWord = (major: number, minor: number): number =>
  ((minor & 0xff) | ((major & 0xfff) << 8) | ((minor & 0xfff00) << 12)) >>> 0;

export const deviceOf = (word: number): { major: number; minor: number } => ({
  major: (word >>> 8) & 0xfff,
  minor: (word & 0xff) | ((word >>> 12) & 0xfff00),
});

/** Type in a directory's entry (EROFS_FT_*), by the S_IF type of the mode. */
export const direntTypes: Readonly<Record<number, number>> = {
  [k.S_IFREG]: 1,
  [k.S_IFDIR]: 2,
  [k.S_IFCHR]: 3,
  [k.S_IFBLK]: 4,
  [k.S_IFIFO]: 5,
  [k.S_IFSOCK]: 6,
  [k.S_IFLNK]: 7,
};

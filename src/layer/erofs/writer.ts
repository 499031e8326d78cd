// Writes a layer as an EROFS image while its archive is read: the files' data in one sequential pass, the metadata behind it
// (design, 2.4). Only names and metadata are kept in memory.

import { writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { TsdockerError } from '../../error.ts';
import * as k from '../../kernel/constants.ts';
import type { LayerFacts } from '../layer-facts.ts';
import type { LowerLayers } from '../lower-layers.ts';
import type { EntrySink } from '../tar/reader.ts';
import { type Dirent, writeDirectory } from './directory.ts';
import {
  blockSize,
  deviceWord,
  direntTypes,
  encodeInode,
  encodeSuperblock,
  inodeSize,
  superblockOffset,
} from './format.ts';
import { type Layout, layOut, type Placed } from './layout.ts';
import type { FileNode, Node } from './node.ts';
import { createOutput, type Output } from './output.ts';
import { settle } from './settle.ts';
import { createTree } from './tree.ts';
import { writeAttributes } from './xattrs.ts';

export interface ErofsWriter extends EntrySink {
  /**
   * Completes the image; call it once, after the last entry. The file is not synced.
   * @param below The layers below this one.
   */
  finish(below: Pick<LowerLayers, 'has' | 'directory'>): LayerFacts;
}

/** Block numbers have 32 bits. */
const largestImage = 2 ** 32 * blockSize;

/** @param file A descriptor of an empty file, for writing; it stays the caller's. */
export function createErofsWriter(file: number): ErofsWriter {
  const output = createOutput(file, blockSize); // the superblock comes last
  const tree = createTree();
  let current: FileNode | undefined;

  function grow(length: number): void {
    if (output.position + length > largestImage) {
      throw new TsdockerError('corrupt', 'a layer is larger than a file system can be');
    }
    current!.size += length;
  }

  return {
    begin(entry) {
      current = tree.put(entry, output.position / blockSize);
    },
    write(content) {
      if (current === undefined) return; // a whiteout with content
      grow(content.byteLength);
      output.append(content);
    },
    hole(length) {
      if (current === undefined) return;
      grow(length);
      output.skip(length);
    },
    end() {
      if (current !== undefined) output.align(blockSize);
      current = undefined;
    },
    finish(below) {
      settle(tree.root, below);
      const layout = layOut(tree.root, output.position / blockSize);
      writeListings(layout, output);
      writeInodes(layout, output);
      output.align(blockSize);
      output.flush();
      const superblock = encodeSuperblock({
        rootNid: tree.root.nid!,
        inodes: layout.inodes.length,
        blocks: output.position / blockSize,
        metaBlock: layout.metaBlock,
      });
      const first = Buffer.alloc(blockSize);
      superblock.copy(first, superblockOffset);
      writeSync(file, first, 0, blockSize, 0);
      return { size: output.position, crc32: crc32(first, output.checksum) };
    },
  };
}

/** The whole blocks of directories and long links. */
function writeListings({ inodes }: Layout, output: Output): void {
  for (const placed of inodes) {
    if (placed.blocks === 0) continue;
    const data = dataOf(placed);
    output.append(data.subarray(0, Math.min(data.byteLength, placed.blocks * blockSize)));
    output.align(blockSize);
  }
}

function writeInodes({ inodes, metaBlock }: Layout, output: Output): void {
  const start = metaBlock * blockSize;
  for (const [index, placed] of inodes.entries()) {
    const { node, inlineBytes } = placed;
    padTo(output, start + placed.position);
    const bytes = Buffer.alloc(inodeSize + placed.attributeBytes);
    encodeInode(
      {
        mode: modeOf(node),
        uid: node.metadata.uid,
        gid: node.metadata.gid,
        modified: node.metadata.modified,
        size: placed.size,
        links: node.links!,
        layout: placed.layout,
        word: wordOf(placed),
        attributeBytes: placed.attributeBytes,
        number: index + 1,
      },
      bytes,
      0,
    );
    writeAttributes(placed.attributes, bytes, inodeSize);
    output.append(bytes);
    if (inlineBytes > 0) output.append(dataOf(placed).subarray(placed.size - inlineBytes));
  }
}

const zeros = new Uint8Array(blockSize);

function padTo(output: Output, position: number): void {
  while (output.position < position) output.append(zeros.subarray(0, position - output.position));
}

/** Of a directory or a link. */
function dataOf({ node, listing, size }: Placed): Buffer {
  if (node.type === 'symlink') return Buffer.from(node.target, 'latin1');
  const data = Buffer.alloc(size);
  if (node.type !== 'directory') return data;
  const { parent, names, shape } = listing!;
  const dirents = names.map((name): Dirent => {
    const child = name === '.' ? node : name === '..' ? parent : node.children.get(name)!;
    return { name, nid: child.nid!, type: direntTypes[typeBits(child)]! };
  });
  writeDirectory(dirents, shape, data, 0);
  return data;
}

const typesOfNodes: Readonly<Record<Node['type'], number>> = {
  file: k.S_IFREG,
  directory: k.S_IFDIR,
  symlink: k.S_IFLNK,
  fifo: k.S_IFIFO,
  'character-device': k.S_IFCHR,
  'block-device': k.S_IFBLK,
  // overlayfs's mark for "gone": a character device 0/0
  whiteout: k.S_IFCHR,
};

const typeBits = (node: Node): number => typesOfNodes[node.type];

function modeOf(node: Node): number {
  if (node.type === 'symlink') return k.S_IFLNK | 0o777;
  if (node.type === 'whiteout') return k.S_IFCHR;
  return typeBits(node) | node.metadata.mode;
}

function wordOf({ node, firstBlock }: Placed): number {
  if (node.type === 'file') return node.block;
  if (node.type === 'character-device' || node.type === 'block-device') return deviceWord(node.major, node.minor);
  return node.type === 'whiteout' ? 0 : firstBlock;
}

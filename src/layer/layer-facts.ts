// What is known of a layer's image since it was written: its size and a checksum. Damage to a disk is no attack, so a CRC does,
// and costs nothing beside the two digests that a layer needs anyway.
import { closeSync, fstatSync, fsyncSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import * as k from '../kernel/constants.ts';
import { kernel } from '../kernel/index.ts';
import { blockSize } from './erofs/format.ts';
import { factsFile, imageFile } from './place.ts';

export interface LayerFacts {
  /** Bytes. */
  readonly size: number;
  /** CRC-32 of everything behind the first block, and then of the first block, which is written last. */
  readonly crc32: number;
}

/** Writes the facts, durably. @param directory A descriptor of the layer's folder. */
export function writeFacts(directory: number, facts: LayerFacts): void {
  const file = kernel.openat(directory, factsFile, k.O_WRONLY | k.O_CREAT | k.O_EXCL | k.O_NOFOLLOW, 0o600);
  try {
    writeSync(file, `${JSON.stringify(facts)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Reads the image of a layer again, whole.
 * @param folder The layer's.
 * @returns What is wrong with it, in words; undefined where it is as it was written.
 */
export function damageOf(folder: string): string | undefined {
  let facts: LayerFacts;
  try {
    facts = JSON.parse(readFileSync(join(folder, factsFile), 'utf8')) as LayerFacts;
  } catch {
    return 'what is known of it cannot be read';
  }
  const file = openSync(join(folder, imageFile), 'r');
  try {
    const { size } = fstatSync(file);
    if (size !== facts.size) return `it has ${size} bytes instead of ${facts.size}`;
    return checksum(file, size) === facts.crc32 ? undefined : 'its content has changed';
  } finally {
    closeSync(file);
  }
}

function checksum(file: number, size: number): number {
  const memory = Buffer.allocUnsafe(2 ** 20);
  let value = 0;
  const take = (from: number, to: number): void => {
    for (let at = from; at < to; ) {
      const got = readSync(file, memory, 0, Math.min(memory.byteLength, to - at), at);
      if (got === 0) return;
      value = crc32(memory.subarray(0, got), value);
      at += got;
    }
  };
  take(blockSize, size);
  take(0, blockSize);
  return value;
}

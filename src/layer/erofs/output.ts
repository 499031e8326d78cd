// A file that is written from its beginning to its end, in large pieces.
import { fstatSync, ftruncateSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { kernel } from '../../kernel/index.ts';

export interface Output {
  /** Bytes written so far, holes included. */
  readonly position: number;
  /** CRC-32 of what was flushed. */
  readonly checksum: number;
  append(bytes: Uint8Array): void;
  /** Leaves out that many bytes: they read as zeros, and take no room on the disk. */
  skip(length: number): void;
  /** Zeros up to a multiple of `unit`. */
  align(unit: number): void;
  /** Hands everything to the kernel, and makes the file as long as the position says. */
  flush(): void;
}

const capacity = 2 ** 20;
/** The disk works while we do, or the sync at the end would wait for all of it. */
const writebackUnit = 2 ** 23;
const zeros = new Uint8Array(capacity);

/** @param file A descriptor, for writing; it stays the caller's. @param start Where in it to begin. */
export function createOutput(file: number, start: number): Output {
  const buffer = Buffer.allocUnsafeSlow(capacity);
  let filled = 0;
  let flushed = start;
  let checksum = 0;
  let begun = start;

  function writeOut(bytes: Uint8Array): void {
    checksum = crc32(bytes, checksum);
    for (let at = 0; at < bytes.byteLength; ) {
      const written = writeSync(file, bytes, at, bytes.byteLength - at, flushed);
      at += written;
      flushed += written;
    }
    if (flushed - begun < writebackUnit) return;
    kernel.beginWriteback(file, begun, flushed - begun);
    begun = flushed;
  }

  function empty(): void {
    writeOut(buffer.subarray(0, filled));
    filled = 0;
  }

  return {
    get position() {
      return flushed + filled;
    },
    get checksum() {
      return checksum;
    },
    append(bytes) {
      if (bytes.byteLength > capacity - filled) empty();
      if (bytes.byteLength > capacity / 4) {
        empty();
        writeOut(bytes);
        return;
      }
      buffer.set(bytes, filled);
      filled += bytes.byteLength;
    },
    skip(length) {
      empty();
      flushed += length;
      for (let rest = length; rest > 0; rest -= zeros.byteLength) checksum = crc32(zeros.subarray(0, rest), checksum);
    },
    align(unit) {
      const rest = (flushed + filled) % unit;
      if (rest === 0) return;
      if (unit - rest > capacity - filled) empty();
      buffer.fill(0, filled, filled + unit - rest);
      filled += unit - rest;
    },
    flush() {
      empty();
      if (fstatSync(file).size !== flushed) ftruncateSync(file, flushed);
    },
  };
}

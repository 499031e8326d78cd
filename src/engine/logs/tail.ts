// Where the last N lines of a log begin: found from its end backwards, in blocks, so that it matters little how large the log is.
import type { FileHandle } from 'node:fs/promises';
import { longestLine, parseEntry } from './entry.ts';
import type { Segment } from './segment.ts';

const newline = 10;
const blockSize = 2 ** 16;

export interface Beginning {
  /** Among the segments. */
  readonly index: number;
  /** Bytes into that segment. */
  readonly position: number;
}

/** Damaged lines do not count. The beginning of all where there are fewer. */
export async function findTail(segments: readonly Segment[], count: number): Promise<Beginning> {
  let missing = count;
  for (let index = segments.length - 1; index >= 0; index--) {
    const { file, size } = segments[index]!;
    if (missing <= 0) return { index, position: await endOfLines(file, size) };
    for await (const position of linesBackwards(file, size)) if (--missing === 0) return { index, position };
  }
  return { index: 0, position: 0 };
}

/** Behind the last newline. */
async function endOfLines(file: FileHandle, size: number): Promise<number> {
  const block = Buffer.allocUnsafe(blockSize);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - blockSize);
    const { bytesRead } = await file.read(block, 0, end - start, start);
    const found = bytesRead === 0 ? -1 : block.lastIndexOf(newline, bytesRead - 1);
    if (found >= 0) return start + found + 1;
    end = start;
  }
  return 0;
}

/** Where each whole line begins, the last first. */
async function* linesBackwards(file: FileHandle, size: number): AsyncGenerator<number, void, undefined> {
  const last = (await endOfLines(file, size)) - 1; // the newline of the last line
  let after = Buffer.alloc(0); // what was read of the line before it
  const block = Buffer.allocUnsafe(blockSize);
  for (let unread = last; unread >= 0; ) {
    const start = Math.max(0, unread - blockSize);
    const { bytesRead } = await file.read(block, 0, unread - start, start);
    if (bytesRead < unread - start) return; // somebody else truncated it
    for (let at = block.subarray(0, bytesRead); ; ) {
      const found = at.lastIndexOf(newline);
      if (found < 0 && start > 0) {
        // Too long a line stays so when it is cut, and takes no more memory.
        after = Buffer.concat([at, after]).subarray(0, longestLine + 1);
        break;
      }
      if (isEntry(Buffer.concat([at.subarray(found + 1), after]))) yield start + found + 1;
      after = Buffer.alloc(0);
      if (found < 0) return;
      at = at.subarray(0, found);
    }
    unread = start;
  }
}

const isEntry = (line: Buffer): boolean =>
  line.length <= longestLine && parseEntry(line.toString('utf8')) !== undefined;

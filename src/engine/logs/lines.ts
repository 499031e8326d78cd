// The whole lines of a log's file, from a place on: a line counts once its newline is there, and what stands behind the last one
// is read again when there is more.
import type { FileHandle } from 'node:fs/promises';
import { type LogEntry, longestLine, parseEntry } from './entry.ts';

const newline = 10;
const blockSize = 2 ** 18;

export interface Batch {
  readonly entries: readonly LogEntry[];
  /** Lines that are none of the format. */
  readonly damaged: number;
}

/** Reads one file forwards. It does not close it. */
export class LineReader {
  readonly #file: FileHandle;
  /** Behind the last newline that was read. */
  #position: number;
  /** The line that begins at the position is longer than any may be. */
  #isTooLong = false;
  #block: Buffer = Buffer.allocUnsafe(blockSize);

  /** @param position Where a line begins. */
  constructor(file: FileHandle, position: number) {
    this.#file = file;
    this.#position = position;
  }

  /** The next lines, many at a time, up to the end of the file or of its first `limit` bytes. */
  async *read(limit = Number.POSITIVE_INFINITY): AsyncGenerator<Batch, void, undefined> {
    let kept = 0; // bytes at the block's beginning that were read and belong to an unfinished line
    for (;;) {
      const from = this.#position + kept;
      const wanted = Math.min(this.#block.length - kept, limit - from);
      const { bytesRead } = wanted > 0 ? await this.#file.read(this.#block, kept, wanted, from) : { bytesRead: 0 };
      if (bytesRead === 0) {
        if (wanted > 0 && kept === 0 && (await this.#returnToEnd())) continue;
        return;
      }
      const filled = kept + bytesRead;
      const end = this.#block.lastIndexOf(newline, filled - 1) + 1;
      if (end > 0) {
        const batch = this.#takeLines(end);
        this.#block.copyWithin(0, end, filled);
        kept = filled - end;
        if (batch.entries.length > 0 || batch.damaged > 0) yield batch;
      } else {
        kept = this.#makeRoom(filled);
      }
    }
  }

  #takeLines(end: number): Batch {
    this.#position += end;
    const lines = this.#block.toString('utf8', 0, end - 1).split('\n');
    const entries: LogEntry[] = [];
    for (const line of lines) {
      const entry = this.#isTooLong || line.length > longestLine ? undefined : parseEntry(line);
      this.#isTooLong = false;
      if (entry !== undefined) entries.push(entry);
    }
    return { entries, damaged: lines.length - entries.length };
  }

  /** Of a line that fills the block: bytes of it that stay there. */
  #makeRoom(filled: number): number {
    if (!this.#isTooLong && filled <= longestLine) {
      if (filled === this.#block.length) this.#block = Buffer.concat([this.#block, Buffer.allocUnsafe(filled)]);
      return filled;
    }
    this.#isTooLong = true;
    this.#position += filled;
    return 0;
  }

  /**
   * Whether the file became shorter, and goes on from its new end if so: the shim takes back what did not fit on the disk, and a
   * line that was not finished. All before that was read.
   */
  async #returnToEnd(): Promise<boolean> {
    const { size } = await this.#file.stat();
    if (size >= this.#position) return false;
    this.#position = size;
    this.#isTooLong = false;
    return true;
  }
}

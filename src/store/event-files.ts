// The files of events as they grow: each is read on from where it was left, and when the writers begin a new one, the one before is
// kept open, as one of them may have opened it just before that and writes to it just after.
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } from '../kernel/constants.ts';
import { eventsPath, oldEventsPath } from './events.ts';
import type { Store } from './store.ts';

/** Longer lines are nobody's events. */
const mostLine = 2 ** 20;

/** A file that is being read. */
interface Tail {
  readonly descriptor: number;
  readonly inode: number;
  offset: number;
  /** The line that has not ended yet. */
  rest: Buffer;
}

export interface EventFiles extends Disposable {
  /** The lines that came since the last call; the older file's first. Reads piece by piece. */
  lines(): Generator<string>;
}

/** Opens what there is. @param from The beginning of all that is kept, or only what comes from now on. */
export function openEventFiles(store: Pick<Store, 'root'>, from: 'beginning' | 'now'): EventFiles {
  const tails: Tail[] = [];
  const buffer = Buffer.allocUnsafe(2 ** 16);

  /** Takes up the files that are not open yet. */
  function follow(from: 'beginning' | 'now'): void {
    const inode = statSync(eventsPath(store), { throwIfNoEntry: false })?.ino;
    if (tails.length > 0 && (inode === undefined || inode === tails.at(-1)?.inode)) return;
    // In this order: a file that becomes the old one meanwhile is opened twice, and none is passed by.
    const current = openTail(eventsPath(store));
    for (const tail of [openTail(oldEventsPath(store)), current]) {
      if (tail === undefined) continue;
      if (from === 'now') tail.offset = fstatSync(tail.descriptor).size;
      if (tails.some((other) => other.inode === tail.inode)) closeSync(tail.descriptor);
      else tails.push(tail);
    }
    while (tails.length > 3) closeSync(tails.shift()!.descriptor);
  }

  follow(from);
  return {
    *lines() {
      for (;;) {
        const known = tails.at(-1)?.inode;
        for (const tail of tails) yield* readLines(tail, buffer);
        follow('beginning');
        if (tails.at(-1)?.inode === known) return;
      }
    },
    [Symbol.dispose]() {
      for (const { descriptor } of tails.splice(0)) closeSync(descriptor);
    },
  };
}

/** Undefined where there is no file, whatever else there may be. */
function openTail(path: string): Tail | undefined {
  try {
    const descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const facts = fstatSync(descriptor);
    if (facts.isFile()) return { descriptor, inode: facts.ino, offset: 0, rest: Buffer.alloc(0) };
    closeSync(descriptor);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ELOOP') return undefined;
    throw error;
  }
}

function* readLines(tail: Tail, buffer: Buffer): Generator<string> {
  if (fstatSync(tail.descriptor).size < tail.offset) Object.assign(tail, { offset: 0, rest: Buffer.alloc(0) }); // emptied
  for (;;) {
    const length = readSync(tail.descriptor, buffer, 0, buffer.byteLength, tail.offset);
    if (length === 0) return;
    tail.offset += length;
    let piece = buffer.subarray(0, length);
    for (let end = piece.indexOf(10); end !== -1; end = piece.indexOf(10)) {
      const line = Buffer.concat([tail.rest, piece.subarray(0, end)]).toString();
      tail.rest = Buffer.alloc(0);
      piece = piece.subarray(end + 1);
      yield line;
    }
    tail.rest =
      tail.rest.byteLength + piece.byteLength > mostLine ? Buffer.alloc(0) : Buffer.concat([tail.rest, piece]);
  }
}

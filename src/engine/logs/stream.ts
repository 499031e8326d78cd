// The lines of one log in their order, over its rotated files, and as they come: no line twice, and none missing as long as the
// file that holds it was there to be opened.
import { FolderWatch } from './folder-watch.ts';
import { type Batch, LineReader } from './lines.ts';
import { closeSegments, inodeAt, type LogPlace, type Segment } from './segment.ts';
import { openNewer, openSegments } from './segments.ts';
import { findTail } from './tail.ts';

export interface StreamOptions {
  /** How many of the last lines to begin with; all unless given. */
  readonly tail?: number | undefined;
  /** Milliseconds until what is logged is no longer of interest; asked for as long as the log is followed. 0 or less: over. */
  readonly follow?: (() => number) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Throws the signal's reason, and what reading throws. Holds a descriptor of each file that is not read yet. */
export async function* streamLog(place: LogPlace, options: StreamOptions): AsyncGenerator<Batch, void, undefined> {
  const { tail, follow, signal } = options;
  using watch = follow && new FolderWatch(place.folder);
  const segments = await openSegments(place);
  try {
    const beginning = tail === undefined ? { index: 0, position: 0 } : await findTail(segments, tail);
    await closeSegments(segments.splice(0, beginning.index));
    // Who does not follow gets what there is now: a container that never stops talking must not keep him.
    const limit = follow ? Number.POSITIVE_INFINITY : (segments.at(-1)?.size ?? 0);
    let reader = segments[0] && new LineReader(segments[0].file, beginning.position);
    for (;;) {
      // Asked before the files are read: what was logged until the end of the container is there by then.
      const patience = follow?.() ?? 0;
      for (let [segment] = segments; segment !== undefined; [segment] = segments) {
        reader ??= new LineReader(segment.file, 0);
        for await (const batch of reader.read(segments.length > 1 ? undefined : limit)) {
          signal?.throwIfAborted();
          yield batch;
        }
        if (segments.length === 1) break; // there may be more of it
        await closeSegments(segments.splice(0, 1));
        reader = undefined;
      }
      if (watch === undefined) return;
      // The next round begins with what was logged between the last read and the rotation.
      if (await addNewer(place, segments)) continue;
      if (patience <= 0) return;
      await watch.change(patience, signal);
    }
  } finally {
    await closeSegments(segments);
  }
}

/** Whether the log was rotated since. A file that is not yet there, in the middle of a rotation, is there in the next round. */
async function addNewer(place: LogPlace, segments: Segment[]): Promise<boolean> {
  const newest = segments.at(-1);
  if (newest !== undefined && (await inodeAt(place, 0)) === newest.inode) return false;
  const newer = await (newest === undefined ? openSegments(place) : openNewer(place, newest));
  segments.push(...newer);
  return newer.length > 0;
}

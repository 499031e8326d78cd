// Reading the events of a store (events.ts): those that are kept, and then each as it comes. The folder is watched (inotify(7)); as a
// watch may not be had, or lose something, the files are looked at now and then besides.
import { type FSWatcher, watch } from 'node:fs';
import { type EventFiles, openEventFiles } from './event-files.ts';
import { parseEvent, type StoreEvent } from './parse-event.ts';
import type { Store } from './store.ts';

export type { StoreEvent } from './parse-event.ts';

export interface ReadEventsOptions {
  /** Milliseconds since the epoch, both inclusive. Without `since` and `until`, only what comes from now on, as in Docker. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** Whether to wait for more: until `until`, or `signal` is aborted. */
  readonly follow: boolean;
  readonly signal?: AbortSignal | undefined;
}

const longestWait = 1000;

/** Events in the order in which they were written. Ends where it is told to; throws the signal's reason. */
export async function* readEvents(
  store: Pick<Store, 'root'>,
  { since, until, follow, signal }: ReadEventsOptions,
): AsyncGenerator<StoreEvent> {
  signal?.throwIfAborted();
  const onlyNew = follow && since === undefined && until === undefined;
  const changes = follow ? watchFolder(store.root, signal) : undefined;
  try {
    // Opened after the watch began: what comes between the two is looked for.
    using files = openEventFiles(store, onlyNew ? 'now' : 'beginning');
    for (;;) {
      const isOver = changes === undefined || (until !== undefined && Date.now() > until);
      yield* between(files, since ?? Number.NEGATIVE_INFINITY, until ?? Number.POSITIVE_INFINITY);
      if (isOver) return;
      await changes.wait(Math.min(longestWait, (until ?? Number.POSITIVE_INFINITY) - Date.now() + 1));
      signal?.throwIfAborted();
    }
  } finally {
    changes?.close();
  }
}

function* between(files: EventFiles, since: number, until: number): Generator<StoreEvent> {
  for (const line of files.lines()) {
    const event = parseEvent(line);
    if (event === undefined) continue;
    const time = Number(event.time) / 1e6;
    if (time >= since && time <= until) yield event;
  }
}

interface Changes {
  /** Until something changes, or so many milliseconds are over, or the signal is aborted. */
  wait(milliseconds: number): Promise<void>;
  close(): void;
}

function watchFolder(root: string, signal: AbortSignal | undefined): Changes {
  let changed = false;
  let wake = (): void => {};
  const tell = (): void => {
    changed = true;
    wake();
  };
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(root, { persistent: false }, (_kind, name) => {
      if (name === null || name === 'events' || name === 'events.1') tell();
    });
    watcher.on('error', () => watcher?.close());
  } catch {
    // too many watches on this host: then the clock has to do
  }
  signal?.addEventListener('abort', tell);
  return {
    async wait(milliseconds) {
      if (!changed && milliseconds > 0) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const timer = setTimeout(resolve, milliseconds);
        wake = resolve;
        await promise;
        clearTimeout(timer);
      }
      changed = false;
    },
    close() {
      signal?.removeEventListener('abort', tell);
      watcher?.close();
    },
  };
}

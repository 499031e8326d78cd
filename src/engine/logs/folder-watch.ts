// Waits until something happens in a folder: inotify(7), or where there is no more of it to be had, the clock.
import { type FSWatcher, watch } from 'node:fs';

/** Milliseconds. */
const [withEvents, withoutEvents] = [1000, 50];

export class FolderWatch implements Disposable {
  #watcher: FSWatcher | undefined;
  #changed = false;
  #wake: () => void = () => {};

  /** Changes count from here on. A folder that cannot be watched is looked at again and again. */
  constructor(folder: string) {
    try {
      this.#watcher = watch(folder, { persistent: false }, () => this.#tell()).on('error', () =>
        this[Symbol.dispose](),
      );
    } catch {
      // Every user has 128 instances of inotify, and browsers like them.
    }
  }

  #tell(): void {
    this.#changed = true;
    this.#wake();
  }

  /**
   * Until there was a change since the last call, or at most a second: the end of a shim that was killed is no change of the folder.
   * Throws the signal's reason.
   * @param longest Milliseconds.
   */
  async change(longest: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (!this.#changed) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const patience = Math.max(1, Math.min(longest, this.#watcher === undefined ? withoutEvents : withEvents));
      const timer = setTimeout(resolve, patience);
      this.#wake = resolve;
      signal?.addEventListener('abort', this.#wake, { once: true });
      try {
        await promise;
      } finally {
        clearTimeout(timer);
        signal?.removeEventListener('abort', this.#wake);
      }
      signal?.throwIfAborted();
    }
    this.#changed = false;
  }

  [Symbol.dispose](): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }
}

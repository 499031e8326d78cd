// A file that only one process works with at a time (flock(2)): others wait until it is let go or its holder has died. Not for
// what takes a moment, which is the database's, but for what takes as long as a download.
import { closeSync, fstatSync, openSync, rmSync, statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import * as k from '../kernel/constants.ts';
import { failedWith, kernel } from '../kernel/index.ts';

export interface LockedFile extends Disposable {
  /** Open for reading and writing; closed by `[Symbol.dispose]`, which also frees the lock. */
  readonly descriptor: number;
  readonly path: string;
  /** Takes the name away, while the lock is held: whoever waits makes a new file. */
  remove(): void;
}

const milliseconds = 20;

/** Makes the file where it is missing. Throws the signal's reason when it is aborted meanwhile. */
export async function lockFile(path: string, signal: AbortSignal | undefined): Promise<LockedFile> {
  for (;;) {
    signal?.throwIfAborted();
    const descriptor = openSync(path, k.O_RDWR | k.O_CREAT | k.O_NOFOLLOW, 0o600);
    if (tryLock(descriptor, path)) {
      return {
        descriptor,
        path,
        remove: () => rmSync(path, { force: true }),
        [Symbol.dispose]: () => closeSync(descriptor),
      };
    }
    closeSync(descriptor);
    await pause(milliseconds);
  }
}

/** False also where the file has lost its name since it was opened: then another one is there to be locked, or none. */
function tryLock(descriptor: number, path: string): boolean {
  try {
    kernel.flock(descriptor, k.LOCK_EX | k.LOCK_NB);
  } catch (error) {
    if (failedWith(error, 'EAGAIN')) return false;
    closeSync(descriptor);
    throw error;
  }
  return statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(descriptor).ino;
}

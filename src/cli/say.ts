// Printing without Node.js's streams, which take milliseconds to load: for verbs where these are felt.
import { writeSync } from 'node:fs';

/** Writes a short text to the standard output, all of it. A reader that is gone is no failure of ours. */
export function say(text: string): void {
  for (let rest = Buffer.from(text); rest.byteLength > 0; ) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw error;
    }
  }
}

// The question before what cannot be undone, asked as Docker asks it: only a y or yes is one, and the end of the input is not.
import { readSync } from 'node:fs';

/** Whether the person agrees. Reads one line of the standard input. */
export function confirm(warning: string): boolean {
  process.stdout.write(`${warning}\nAre you sure you want to continue? [y/N] `);
  return /^y(es)?$/i.test(readLine().trim());
}

/** More than anybody answers. */
const longestLine = 1000;

function readLine(): string {
  const byte = new Uint8Array(1);
  let line = '';
  while (line.length < longestLine) {
    try {
      if (readSync(0, byte) === 0) break;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20); // a terminal that somebody left non-blocking
        continue;
      }
      break;
    }
    if (byte[0] === 10) break;
    line += String.fromCharCode(byte[0]!);
  }
  return line;
}

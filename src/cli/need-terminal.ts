import { isTerminal } from '../engine/client.ts';
import { TsdockerError } from '../error.ts';

/** Docker's rule: keys typed into a pipe would never be seen as keys. Throws `usage`. */
export function needTerminal({ tty, interactive }: { readonly tty: boolean; readonly interactive: boolean }): void {
  if (tty && interactive && !isTerminal(0)) {
    throw new TsdockerError('usage', 'the input device is not a terminal', {
      hint: 'leave out -t where the input is a pipe or a file',
    });
  }
}

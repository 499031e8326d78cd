// How an error is told where the command goes on after it; the last one is main.ts's.
import { TsdockerError } from '../error.ts';
import { printable } from './printable.ts';

export function printFailure(error: unknown): void {
  if (!(error instanceof TsdockerError)) throw error;
  const { message, hint } = error;
  process.stderr.write(`tsdocker: ${printable(message)}\n${hint === undefined ? '' : `  hint: ${printable(hint)}\n`}`);
}

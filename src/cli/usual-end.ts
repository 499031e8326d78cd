// How verbs end that go on until somebody has seen enough.
import { exitStatusOf, TsdockerError } from '../error.ts';

/** A person says so by Ctrl-C, a reader of the output by going: both need no words. Throws every other error on. */
export function statusOfEnd(error: unknown): number {
  if (!(error instanceof TsdockerError)) throw error;
  if (error.code === 'interrupted' || error.code === 'terminated') return exitStatusOf[error.code];
  if ((error.cause as NodeJS.ErrnoException | undefined)?.code === 'EPIPE') return 0;
  throw error;
}

// The exit status of the verbs of networks where they fail: 1, as Docker's. What is wrong with the command line itself, and with
// tsdocker, keeps its own.
import { TsdockerError } from '../error.ts';
import { debugging } from './main.ts';
import { printFailure } from './print-failure.ts';

/** Calls `action`, tells what it throws, and returns the exit status. */
export async function orStatus1(action: () => number | Promise<number>): Promise<number> {
  try {
    return await action();
  } catch (error) {
    const isOurs = error instanceof TsdockerError && error.code !== 'internal';
    if (!isOurs || error.code === 'interrupted' || error.code === 'terminated' || debugging.on) throw error;
    printFailure(error);
    return 1;
  }
}

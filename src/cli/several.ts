// Verbs that do one thing to each container that is named: as in Docker, each name is printed when it is done, and one that fails
// does not keep the others from it.
import { printFailure } from './print-failure.ts';

/**
 * Calls `action` for each, one after the other, and prints its name unless that returns false. Throws what the last that failed threw,
 * and prints what the others did.
 */
export async function forEach(names: readonly string[], action: (name: string) => unknown): Promise<number> {
  let failure: { readonly error: unknown } | undefined;
  for (const name of names) {
    try {
      if ((await action(name)) !== false) process.stdout.write(`${name}\n`);
    } catch (error) {
      if (failure !== undefined) printFailure(failure.error);
      failure = { error };
    }
  }
  if (failure !== undefined) throw failure.error;
  return 0;
}

// Docker's words around a pull that a run needs; most runs need none, so what shows it is loaded here.
import type { pullByName } from '../engine/obtain.ts';
import { familiarName, parseReference } from '../image/reference.ts';
import type { RunOptions } from '../spec/run-options.ts';

export const pullOnStderr =
  ({ pull }: RunOptions): typeof pullByName =>
  async (store, name, options) => {
    const { pullShown } = await import('./progress/shown-pull.ts');
    const known = familiarName(parseReference(name));
    if (pull !== 'always') process.stderr.write(`Unable to find image '${known}' locally\n`);
    await pullShown(process.stderr)(store, name, options);
  };

// tsdocker rm: removes containers.
import { removeContainer } from '../engine/remove.ts';
import { sweepContainers } from '../engine/sweep.ts';
import { TsdockerError } from '../error.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';

export const command: Command = {
  verb: {
    name: 'rm',
    summary: 'Remove containers',
    operands: 'CONTAINER…',
    least: 1,
    most: Number.POSITIVE_INFINITY,
    flags: [{ name: 'force', short: 'f', kind: 'switch', summary: 'Kill a container that runs' }],
  },
  async call({ switches, operands }, { root }) {
    using store = openStore(root);
    sweepContainers(store);
    let failure: unknown;
    for (const name of operands) {
      try {
        await removeContainer(store, name, switches.get('force') === true);
        process.stdout.write(`${name}\n`);
      } catch (error) {
        // As in Docker: the others are removed all the same, and -f does not mind one that is not there.
        const missing = error instanceof TsdockerError && error.code === 'notFound' && switches.get('force') === true;
        if (!missing) failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
    return 0;
  },
};

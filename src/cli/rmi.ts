// tsdocker rmi: removes images.

import { removeImage } from '../engine/remove-image.ts';
import { sweepContainers } from '../engine/sweep.ts';
import { TsdockerError } from '../error.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';
import { removedLine } from './removed.ts';

export const command: Command = {
  verb: {
    name: 'rmi',
    summary: 'Remove images',
    operands: 'IMAGE…',
    least: 1,
    most: Number.POSITIVE_INFINITY,
    flags: [
      {
        name: 'force',
        short: 'f',
        kind: 'switch',
        summary: 'Also with several names, or where a stopped container uses it',
      },
      { name: 'no-prune', kind: 'switch', summary: 'Keep parents without a name; no image here has any' },
    ],
  },
  async call({ switches, operands }, { root }) {
    const force = switches.get('force') === true;
    using store = openStore(root);
    sweepContainers(store);
    const failures: unknown[] = [];
    for (const name of operands) {
      try {
        process.stdout.write(removeImage(store, name, { force }).map(removedLine).join(''));
      } catch (error) {
        // As in Docker: the others are removed all the same, and -f does not mind one that is not there.
        const missing = error instanceof TsdockerError && error.code === 'notFound';
        if (missing && force) process.stderr.write(`tsdocker: ${error.message}\n`);
        else failures.push(error);
      }
    }
    for (const each of failures.slice(0, -1)) {
      if (each instanceof TsdockerError) process.stderr.write(`tsdocker: ${each.message}\n`);
    }
    if (failures.length > 0) throw failures.at(-1);
    return 0;
  },
};

// tsdocker rm: removes containers.
import { removeContainer } from '../engine/remove.ts';
import { sweepContainers } from '../engine/sweep.ts';
import { TsdockerError } from '../error.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';
import { forEach } from './several.ts';

export const command: Command = {
  verb: {
    name: 'rm',
    summary: 'Remove containers',
    operands: 'CONTAINER…',
    least: 1,
    most: Number.POSITIVE_INFINITY,
    flags: [
      { name: 'force', short: 'f', kind: 'switch', summary: 'Kill a container that runs' },
      { name: 'volumes', short: 'v', kind: 'switch', summary: 'Its anonymous volumes, too: they always go with it' },
    ],
  },
  async call({ switches, operands }, { root }) {
    using store = openStore(root);
    sweepContainers(store);
    const force = switches.get('force') === true;
    return await forEach(operands, async (name) => {
      try {
        await removeContainer(store, name, force);
      } catch (error) {
        // As in Docker, -f does not mind one that is not there.
        if (force && error instanceof TsdockerError && error.code === 'notFound') return false;
        throw error;
      }
    });
  },
};

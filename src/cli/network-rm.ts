// tsdocker network rm: removes networks.
import { removeNetwork } from '../engine/network/remove.ts';
import { sweepContainers } from '../engine/sweep.ts';
import { TsdockerError } from '../error.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';
import { orStatus1 } from './network-status.ts';
import { forEach } from './several.ts';

export const command: Command = {
  verb: {
    name: 'network rm',
    summary: 'Remove networks',
    operands: 'NETWORK…',
    least: 1,
    most: Number.POSITIVE_INFINITY,
    flags: [{ name: 'force', short: 'f', kind: 'switch', summary: 'Do not mind one that is not there' }],
  },
  call: ({ switches, operands }, { root }) =>
    orStatus1(async () => {
      using store = openStore(root);
      sweepContainers(store);
      return await forEach(operands, (name) => {
        try {
          removeNetwork(store, name);
          return true;
        } catch (error) {
          if (switches.get('force') === true && error instanceof TsdockerError && error.code === 'notFound')
            return false;
          throw error;
        }
      });
    }),
};

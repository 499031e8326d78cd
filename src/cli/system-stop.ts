// tsdocker system stop: ends all containers as the machine goes down; what restart policies promise stands. The unit of
// `system install` calls it.
import { endAllContainers } from '../engine/shutdown.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';
import { printFailure } from './print-failure.ts';

export const command: Command = {
  verb: {
    name: 'stop',
    summary: 'Stop all containers for the end of the machine; a boot starts what is promised',
    operands: '',
    least: 0,
    most: 0,
    flags: [],
  },
  async call(_, { root }) {
    using store = openStore(root);
    let failed = false;
    for (const { record, error } of await endAllContainers(store)) {
      if (error === undefined) process.stdout.write(`${record.name}\n`);
      else {
        printFailure(error);
        failed = true;
      }
    }
    return failed ? 1 : 0;
  },
};

// tsdocker system start: starts the containers that their restart policies promise to be there after a boot. The unit of
// `system install` calls it.
import { startPromised } from '../engine/boot.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';
import { printFailure } from './print-failure.ts';

export const command: Command = {
  verb: {
    name: 'system start',
    summary: 'Start the containers that restart policies promise after a boot',
    operands: '',
    least: 0,
    most: 0,
    flags: [],
  },
  async call(_, { root }) {
    using store = openStore(root);
    let failed = false;
    for (const { record, error } of startPromised(store)) {
      if (error === undefined) process.stdout.write(`${record.name}\n`);
      else {
        printFailure(error);
        failed = true;
      }
    }
    return failed ? 1 : 0;
  },
};

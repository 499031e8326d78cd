// tsdocker rename: gives a container another name.

import { renameContainer } from '../engine/rename.ts';
import { sweepContainers } from '../engine/sweep.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';

export const command: Command = {
  verb: {
    name: 'rename',
    summary: 'Give a container another name',
    operands: 'CONTAINER NEW_NAME',
    least: 2,
    most: 2,
    flags: [],
    examples: ['tsdocker rename wonderful_hopper web'],
  },
  async call({ operands: [container = '', name = ''] }, { root }) {
    using store = openStore(root);
    sweepContainers(store);
    renameContainer(store, container, name);
    return 0;
  },
};

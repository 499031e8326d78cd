// tsdocker network disconnect: takes a container out of a network.
import { disconnectContainer } from '../engine/network/disconnect.ts';
import { sweepContainers } from '../engine/sweep.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';
import { orStatus1 } from './network-status.ts';

export const command: Command = {
  verb: {
    name: 'network disconnect',
    summary: 'Disconnect a container from a network',
    operands: 'NETWORK CONTAINER',
    least: 2,
    most: 2,
    flags: [{ name: 'force', short: 'f', kind: 'switch', summary: 'Says nothing: it is always done' }],
  },
  call: ({ operands: [network = '', container = ''] }, { root }) =>
    orStatus1(async () => {
      using store = openStore(root);
      sweepContainers(store);
      await disconnectContainer(store, network, container);
      return 0;
    }),
};

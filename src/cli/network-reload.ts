// tsdocker network reload: puts back what running containers need of the host, after somebody has flushed the packet filter or
// deleted a bridge (podman network reload).
import { restore } from '../engine/network/reload.ts';
import { sweepContainers } from '../engine/sweep.ts';
import { openStore } from '../store/store.ts';
import { advise } from './advise.ts';
import type { Command } from './flags.ts';
import { orStatus1 } from './network-status.ts';

export const command: Command = {
  verb: {
    name: 'network reload',
    summary: 'Put back bridges and rules that running containers need',
    operands: '',
    least: 0,
    most: 0,
    flags: [],
  },
  call: (_parsed, { root }) =>
    orStatus1(() => {
      using store = openStore(root);
      sweepContainers(store);
      const { containers, advice } = restore(store);
      for (const line of advice) advise(line);
      process.stdout.write(`${containers} ${containers === 1 ? 'container' : 'containers'}\n`);
      return 0;
    }),
};

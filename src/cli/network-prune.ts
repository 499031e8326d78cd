// tsdocker network prune: removes networks that no container is in.
import { chooseNetworks, pruneNetworks } from '../engine/network/prune.ts';
import { sweepContainers } from '../engine/sweep.ts';
import { openStore } from '../store/store.ts';
import { confirm } from './confirm.ts';
import type { Command } from './flags.ts';
import { orStatus1 } from './network-status.ts';

export const command: Command = {
  verb: {
    name: 'network prune',
    summary: 'Remove all networks that no container is in',
    operands: '',
    least: 0,
    most: 0,
    flags: [
      { name: 'filter', kind: 'list', value: 'filter', summary: 'Only these: until=24h, label=key=value, label!=key' },
      { name: 'force', short: 'f', kind: 'switch', summary: 'Do not ask' },
    ],
    examples: ['tsdocker network prune --filter until=24h'],
  },
  call: ({ switches, lists }, { root }) =>
    orStatus1(() => {
      const isMeant = chooseNetworks(lists.get('filter') ?? [], Date.now());
      if (switches.get('force') !== true && !confirm(warning)) return 0;
      using store = openStore(root);
      sweepContainers(store);
      const names = pruneNetworks(store, isMeant);
      if (names.length > 0) process.stdout.write(`Deleted Networks:\n${names.map((name) => `${name}\n`).join('')}\n`);
      return 0;
    }),
};

const warning = 'WARNING! This will remove all custom networks not used by at least one container.';

// tsdocker container prune: removes containers that do not run.
import { choosePruned, pruneContainers } from '../engine/prune-containers.ts';
import { openStore } from '../store/store.ts';
import { confirm } from './confirm.ts';
import type { Command } from './flags.ts';
import { prunedText } from './removed.ts';

export const command: Command = {
  verb: {
    name: 'container prune',
    summary: 'Remove all stopped containers',
    operands: '',
    least: 0,
    most: 0,
    flags: [
      { name: 'force', short: 'f', kind: 'switch', summary: 'Do not ask' },
      { name: 'filter', kind: 'list', value: 'filter', summary: 'Only these: until=24h, label=key=value, label!=key' },
    ],
    examples: ['tsdocker container prune --filter until=24h'],
  },
  async call({ switches, lists }, { root }) {
    const isMeant = choosePruned(lists.get('filter') ?? [], Date.now());
    if (switches.get('force') !== true && !confirm('WARNING! This will remove all stopped containers.')) return 0;
    using store = openStore(root);
    const { ids, reclaimed } = await pruneContainers(store, isMeant);
    process.stdout.write(prunedText([{ title: 'Deleted Containers', lines: ids }], reclaimed));
    return 0;
  },
};

// tsdocker system prune: removes whatever nobody uses.

import { chooseNetworks, pruneNetworks } from '../engine/network/prune.ts';
import { pruneImages } from '../engine/prune.ts';
import { choosePruned, pruneContainers } from '../engine/prune-containers.ts';
import { TsdockerError } from '../error.ts';
import { openStore } from '../store/store.ts';
import { confirm } from './confirm.ts';
import type { Command } from './flags.ts';
import { prunedLine, prunedText } from './removed.ts';

export const command: Command = {
  verb: {
    name: 'system prune',
    summary: 'Remove stopped containers, unused networks and images',
    operands: '',
    least: 0,
    most: 0,
    flags: [
      { name: 'all', short: 'a', kind: 'switch', summary: 'Also images with a name, where no container uses them' },
      { name: 'force', short: 'f', kind: 'switch', summary: 'Do not ask' },
      { name: 'filter', kind: 'list', value: 'filter', summary: 'Only these: until=24h, label=key=value, label!=key' },
      { name: 'volumes', kind: 'switch', summary: 'Also volumes; there are none yet' },
    ],
  },
  async call({ switches, lists }, { root }) {
    if (switches.get('volumes') === true) {
      throw new TsdockerError('unsupported', 'there are no volumes yet, so none can be pruned', {
        hint: 'leave out --volumes',
      });
    }
    const all = switches.get('all') === true;
    const filters = lists.get('filter') ?? [];
    const now = Date.now();
    const isMeant = choosePruned(filters, now);
    const isMeantNetwork = chooseNetworks(filters, now);
    if (switches.get('force') !== true && !confirm(warning(all))) return 0;
    using store = openStore(root);
    const containers = await pruneContainers(store, isMeant);
    const networks = pruneNetworks(store, isMeantNetwork);
    const images = pruneImages(store, { all, filters, now });
    const lines = [
      { title: 'Deleted Containers', lines: containers.ids },
      { title: 'Deleted Networks', lines: networks },
      { title: 'Deleted Images', lines: images.removed.map(prunedLine) },
    ];
    process.stdout.write(prunedText(lines, containers.reclaimed + images.reclaimed));
    return 0;
  },
};

const warning = (all: boolean): string => `WARNING! This will remove:
  - all stopped containers
  - all networks not used by at least one container
  - ${all ? 'all images without at least one container associated to them' : 'all dangling images'}
  - all that commands which were killed have left
`;

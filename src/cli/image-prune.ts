// tsdocker image prune: removes images that nobody uses, and what was left of those that are gone.
import { compileFilters } from '../engine/image-filters.ts';
import { pruneFilters, pruneImages } from '../engine/prune.ts';
import { sweepContainers } from '../engine/sweep.ts';
import { openStore } from '../store/store.ts';
import { confirm } from './confirm.ts';
import type { Command } from './flags.ts';
import { prunedLine, prunedText } from './removed.ts';

export const command: Command = {
  verb: {
    name: 'image prune',
    summary: 'Remove unused images',
    operands: '',
    least: 0,
    most: 0,
    flags: [
      { name: 'all', short: 'a', kind: 'switch', summary: 'Also images with a name, where no container uses them' },
      { name: 'force', short: 'f', kind: 'switch', summary: 'Do not ask' },
      { name: 'filter', kind: 'list', value: 'filter', summary: 'Only these: until=24h, label=key=value, label!=key' },
    ],
    examples: ['tsdocker image prune --all --filter until=240h'],
  },
  async call({ switches, lists }, { root }) {
    const all = switches.get('all') === true;
    const what = all ? 'all images without at least one container associated to them' : 'all dangling images';
    const filters = lists.get('filter') ?? [];
    const now = Date.now();
    using store = openStore(root);
    compileFilters(store, filters, pruneFilters, now); // a bad one is refused before anything is asked
    if (switches.get('force') !== true && !confirm(`WARNING! This will remove ${what}.`)) return 0;
    sweepContainers(store);
    const { removed, reclaimed } = pruneImages(store, { all, filters, now });
    process.stdout.write(prunedText([{ title: 'Deleted Images', lines: removed.map(prunedLine) }], reclaimed));
    return 0;
  },
};

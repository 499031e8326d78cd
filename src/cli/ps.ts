// tsdocker ps: lists containers.
import { sweepContainers } from '../engine/remove.ts';
import { familiarName, parseReference } from '../image/reference.ts';
import { type ListedContainer, listContainers } from '../store/containers.ts';
import { openStore } from '../store/store.ts';
import { inWords } from './ago.ts';
import type { Command } from './flags.ts';
import { renderTable } from './table.ts';

export const command: Command = {
  verb: {
    name: 'ps',
    summary: 'List containers',
    operands: '',
    least: 0,
    most: 0,
    flags: [
      { name: 'all', short: 'a', kind: 'switch', summary: 'Also those that do not run' },
      { name: 'quiet', short: 'q', kind: 'switch', summary: 'Only ids' },
      { name: 'no-trunc', kind: 'switch', summary: 'Whole ids and commands' },
    ],
  },
  async call({ switches }, { root }) {
    using store = openStore(root);
    sweepContainers(store);
    const containers = listContainers(store).filter(
      ({ state }) => switches.get('all') === true || state.status === 'running',
    );
    const whole = switches.get('no-trunc') === true;
    if (switches.get('quiet') === true) {
      process.stdout.write(containers.map(({ record }) => `${whole ? record.id : record.id.slice(0, 12)}\n`).join(''));
      return 0;
    }
    const now = Date.now();
    const rows = containers.map((container) => row(container, whole, now));
    process.stdout.write(renderTable([['CONTAINER ID', 'IMAGE', 'COMMAND', 'CREATED', 'STATUS', 'NAMES'], ...rows]));
    return 0;
  },
};

function row({ record, state }: ListedContainer, whole: boolean, now: number): string[] {
  const words = JSON.stringify(record.command.join(' '));
  return [
    whole ? record.id : record.id.slice(0, 12),
    familiarName(parseReference(record.image)).replace(/:latest$/, ''),
    whole || words.length <= 22 ? words : `${words.slice(0, 20)}…"`,
    `${inWords(now - record.createdAt)} ago`,
    statusOf(state, now),
    record.name,
  ];
}

function statusOf(state: ListedContainer['state'], now: number): string {
  if (state.status === 'running') return `Up ${inWords(now - state.startedAt)}`;
  if (state.status === 'exited') return `Exited (${state.exitCode}) ${inWords(now - state.finishedAt)} ago`;
  return state.status === 'creating' ? 'Created' : 'Dead';
}

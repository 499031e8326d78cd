// tsdocker ps: lists containers.
import { sweepContainers } from '../engine/remove.ts';
import { familiarName, parseReference } from '../image/reference.ts';
import { type ListedContainer, listContainers } from '../store/containers.ts';
import { openStore } from '../store/store.ts';
import { inWords } from './ago.ts';
import type { Command } from './flags.ts';
import type { Listing } from './format/format.ts';
import { goTime } from './format/time.ts';
import { renderTable } from './table.ts';

const listing: Listing = {
  headers: {
    ID: 'CONTAINER ID',
    Image: 'IMAGE',
    Command: 'COMMAND',
    CreatedAt: 'CREATED AT',
    RunningFor: 'CREATED',
    State: 'STATE',
    Status: 'STATUS',
    Names: 'NAMES',
  },
  table: '{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Names}}',
};

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
      { name: 'format', kind: 'value', value: 'template', summary: 'table, json, or a Go template of one container' },
    ],
    examples: ["tsdocker ps -a --format 'table {{.Names}}\\t{{.Status}}'"],
  },
  async call({ switches, values }, { root }) {
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
    const rows = containers.map((container) => fieldsOf(container, whole, now));
    const format = values.get('format');
    if (format === undefined) process.stdout.write(table(rows));
    else process.stdout.write((await import('./format/format.ts')).renderFormat(rows, format, listing));
    return 0;
  },
};

type Fields = ReturnType<typeof fieldsOf>;

function table(rows: readonly Fields[]): string {
  const headings = ['CONTAINER ID', 'IMAGE', 'COMMAND', 'CREATED', 'STATUS', 'NAMES'];
  return renderTable([
    headings,
    ...rows.map(({ ID, Image, Command, RunningFor, Status, Names }) => [ID, Image, Command, RunningFor, Status, Names]),
  ]);
}

/** What a template can name, as Docker calls it. */
function fieldsOf({ record, state }: ListedContainer, whole: boolean, now: number) {
  const words = JSON.stringify(record.command.join(' '));
  return {
    ID: whole ? record.id : record.id.slice(0, 12),
    Image: familiarName(parseReference(record.image)).replace(/:latest$/, ''),
    Command: whole || words.length <= 22 ? words : `${words.slice(0, 20)}…"`,
    CreatedAt: goTime(record.createdAt),
    RunningFor: `${inWords(now - record.createdAt)} ago`,
    State: state.status === 'creating' ? 'created' : state.status,
    Status: statusOf(state, now),
    Names: record.name,
  };
}

function statusOf(state: ListedContainer['state'], now: number): string {
  if (state.status === 'running') return `Up ${inWords(now - state.startedAt)}`;
  if (state.status === 'exited') return `Exited (${state.exitCode}) ${inWords(now - state.finishedAt)} ago`;
  return state.status === 'creating' ? 'Created' : 'Dead';
}

// tsdocker history: how an image came to be (docker history).
import { type ImageStep, imageHistory } from '../engine/history.ts';
import { digestHex } from '../image/digest.ts';
import { openStore } from '../store/store.ts';
import { inWords } from './ago.ts';
import type { Command } from './flags.ts';
import { type Listing, type Row, renderFormat } from './format/format.ts';
import { humanSize } from './human-size.ts';
import { printable } from './printable.ts';

const listing: Listing = {
  headers: {
    ID: 'IMAGE',
    CreatedSince: 'CREATED',
    CreatedAt: 'CREATED AT',
    CreatedBy: 'CREATED BY',
    Size: 'SIZE',
    Comment: 'COMMENT',
  },
  table: '{{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}',
};

export const command: Command = {
  verb: {
    name: 'history',
    summary: 'Show the history of an image',
    operands: 'IMAGE',
    least: 1,
    most: 1,
    flags: [
      { name: 'format', kind: 'value', value: 'template', summary: 'Print each step so (a Go template, or json)' },
      { name: 'human', short: 'H', kind: 'switch', summary: 'Sizes and times in words (default true)' },
      { name: 'no-trunc', kind: 'switch', summary: 'Whole ids and commands' },
      { name: 'quiet', short: 'q', kind: 'switch', summary: 'Only ids' },
    ],
    examples: ['tsdocker history alpine', 'tsdocker history --no-trunc --human=false alpine'],
  },
  async call({ switches, values, operands: [name = ''] }, { root }) {
    using store = openStore(root);
    const manner: Manner = {
      whole: switches.get('no-trunc') === true,
      human: switches.get('human') !== false,
      now: Date.now(),
    };
    const rows = imageHistory(store, name).map((step) => rowOf(step, manner));
    const format = values.get('format') ?? (switches.get('quiet') === true ? '{{.ID}}' : undefined);
    process.stdout.write(renderFormat(rows, format, listing));
    return 0;
  },
};

interface Manner {
  readonly whole: boolean;
  readonly human: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Docker shows this much of a command. */
const widestCommand = 45;

function rowOf(step: ImageStep, { whole, human, now }: Manner): Row {
  const by = printable(step.createdBy);
  const time = Date.parse(step.created ?? '');
  // Builds that are to be the same every time say 1970.
  const at = Number.isNaN(time) || time <= 0 ? 'N/A' : `${new Date(time).toISOString().slice(0, 19)}Z`;
  return {
    ID: step.id === undefined ? '<missing>' : whole ? step.id : digestHex(step.id).slice(0, 12),
    CreatedSince: human && at !== 'N/A' ? `${inWords(now - time)} ago` : at,
    CreatedAt: at,
    CreatedBy: whole || by.length <= widestCommand ? by : `${by.slice(0, widestCommand - 1)}…`,
    Size: human ? humanSize(step.size) : String(step.size),
    Comment: printable(step.comment),
  };
}

// tsdocker top: the processes of a container, with the pids of the host.
import { sweepContainers } from '../engine/sweep.ts';
import { containerTop } from '../engine/top.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';
import { untilInterrupted } from './interruption.ts';
import { printable } from './printable.ts';

export const command: Command = {
  verb: {
    name: 'top',
    summary: 'Show the processes of a container',
    operands: 'CONTAINER [PS OPTION…]',
    least: 1,
    most: Number.POSITIVE_INFINITY,
    endsAtOperand: true,
    flags: [],
    examples: ['tsdocker top web', 'tsdocker top web -o pid,rss,args'],
  },
  async call({ operands: [container = '', ...options] }, { root }) {
    using store = openStore(root);
    sweepContainers(store);
    const { titles, processes } = await untilInterrupted((signal) => containerTop(store, container, options, signal));
    process.stdout.write(inColumns([titles, ...processes]));
    return 0;
  },
};

/** Docker's columns here are wider than those of its other lists, and the last one is as it is. */
function inColumns(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(printable));
  const widths = cells[0]!.map((_, column) => Math.max(20, ...cells.map((row) => (row[column]?.length ?? 0) + 3)));
  return cells
    .map(
      (row) =>
        `${row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]!))).join('')}\n`,
    )
    .join('');
}

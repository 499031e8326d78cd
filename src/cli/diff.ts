// tsdocker diff: what a container added to its root (A), changed (C) and deleted (D).
import { containerChanges } from '../engine/container-changes.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';
import { printable } from './printable.ts';

const letters = { added: 'A', changed: 'C', deleted: 'D' } as const;

export const command: Command = {
  verb: {
    name: 'diff',
    summary: 'List what a container changed in its root',
    operands: 'CONTAINER',
    least: 1,
    most: 1,
    flags: [],
    examples: ['tsdocker diff web'],
  },
  async call({ operands: [name = ''] }, { root }) {
    using store = openStore(root);
    for (const { kind, path } of containerChanges(store, name)) {
      process.stdout.write(`${letters[kind]} ${printable(path)}\n`);
    }
    return 0;
  },
};

// tsdocker export: writes the root of a container into a tar.
import { exportContainer } from '../engine/export.ts';
import { TsdockerError } from '../error.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';
import { untilInterrupted } from './interruption.ts';
import { writeOutput } from './write-output.ts';

export const command: Command = {
  verb: {
    name: 'export',
    summary: 'Write the root of a container to a tar',
    operands: 'CONTAINER',
    least: 1,
    most: 1,
    flags: [{ name: 'output', short: 'o', kind: 'value', value: 'file', summary: 'Write to a file instead of stdout' }],
    examples: ['tsdocker export -o root.tar web', 'tsdocker export web | tsdocker import - web:flat'],
  },
  async call({ operands: [name = ''], values }, { root }) {
    const path = values.get('output');
    if (path === undefined && process.stdout.isTTY) {
      throw new TsdockerError('usage', 'an archive is not for a terminal', {
        hint: 'export -o FILE, or redirect stdout',
      });
    }
    using store = openStore(root);
    await untilInterrupted((signal) => writeOutput(path, exportContainer(store, name), signal));
    return 0;
  },
};

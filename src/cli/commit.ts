// tsdocker commit: makes an image from what a container changed.
import { commitContainer } from '../engine/commit.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';
import { untilInterrupted } from './interruption.ts';
import { taggedReference } from './tagged-reference.ts';

export const command: Command = {
  verb: {
    name: 'commit',
    summary: 'Make an image from what a container changed',
    operands: 'CONTAINER [REPOSITORY[:TAG]]',
    least: 1,
    most: 2,
    flags: [
      { name: 'author', short: 'a', kind: 'value', value: 'text', summary: 'Who made it: Jane Doe <jane@example.com>' },
      {
        name: 'change',
        short: 'c',
        kind: 'list',
        value: 'instruction',
        summary: 'Apply a Dockerfile instruction, such as CMD, ENV or LABEL',
      },
      { name: 'message', short: 'm', kind: 'value', value: 'text', summary: 'What the history of the image says' },
      { name: 'pause', short: 'p', kind: 'switch', summary: 'Freeze the container meanwhile (default; --pause=false)' },
    ],
    examples: ['tsdocker commit -m "with my settings" web team/web:2', 'tsdocker commit -c \'CMD ["sh"]\' web'],
  },
  async call({ operands: [container = '', name], switches, values, lists }, { root }) {
    const reference = name === undefined ? undefined : taggedReference(name);
    using store = openStore(root);
    const id = await untilInterrupted((signal) =>
      commitContainer(store, container, reference, {
        author: values.get('author') ?? '',
        message: values.get('message') ?? '',
        changes: lists.get('change') ?? [],
        pause: switches.get('pause') ?? true,
        created: new Date(),
        signal,
      }),
    );
    process.stdout.write(`${id}\n`);
    return 0;
  },
};

// tsdocker images: lists images.
import { digestHex } from '../image/digest.ts';
import { familiarRepository, parseReference } from '../image/reference.ts';
import { listImages } from '../store/images.ts';
import { openStore } from '../store/store.ts';
import { inWords } from './ago.ts';
import type { Command } from './flags.ts';
import { renderTable } from './table.ts';

export const command: Command = {
  verb: {
    name: 'images',
    summary: 'List images',
    operands: '',
    least: 0,
    most: 0,
    flags: [
      { name: 'quiet', short: 'q', kind: 'switch', summary: 'Only ids' },
      { name: 'no-trunc', kind: 'switch', summary: 'Whole ids' },
    ],
  },
  async call({ switches }, { root }) {
    using store = openStore(root);
    const now = Date.now();
    const rows = listImages(store).map(({ reference, configDigest, created }) => {
      const name = parseReference(reference);
      const time = Date.parse(created);
      return [
        familiarRepository(name),
        name.tag ?? '<none>',
        switches.get('no-trunc') === true ? configDigest : digestHex(configDigest).slice(0, 12),
        Number.isNaN(time) || time <= 0 ? 'N/A' : `${inWords(now - time)} ago`,
      ];
    });
    const quiet = switches.get('quiet') === true;
    process.stdout.write(
      quiet
        ? rows.map(([, , id]) => `${id}\n`).join('')
        : renderTable([['REPOSITORY', 'TAG', 'IMAGE ID', 'CREATED'], ...rows]),
    );
    return 0;
  },
};

// tsdocker import: makes an image of one layer from the tar of a file system.
import { importImage } from '../engine/import.ts';
import { TsdockerError } from '../error.ts';
import { hostPlatform, parsePlatform } from '../image/platform.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';
import { untilInterrupted } from './interruption.ts';
import { withInput } from './read-input.ts';
import { taggedReference } from './tagged-reference.ts';

export const command: Command = {
  verb: {
    name: 'import',
    summary: 'Make an image from the tar of a file system',
    operands: 'FILE|- [REPOSITORY[:TAG]]',
    least: 1,
    most: 2,
    flags: [
      {
        name: 'change',
        short: 'c',
        kind: 'list',
        value: 'instruction',
        summary: 'Apply a Dockerfile instruction, such as CMD, ENV or LABEL',
      },
      { name: 'message', short: 'm', kind: 'value', value: 'text', summary: 'What the history of the image says' },
      { name: 'platform', kind: 'value', value: 'platform', summary: 'Platform of the image, such as linux/arm64' },
    ],
    examples: [
      'tsdocker import rootfs.tar.gz team/base:1',
      'tar -C rootfs -c . | tsdocker import -c \'CMD ["/bin/sh"]\' - base',
    ],
  },
  async call({ operands: [path = '', name], values, lists }, { root }) {
    if (/^https?:\/\//.test(path)) {
      throw new TsdockerError('unsupported', `${path} is a URL, and import reads files and stdin only`, {
        hint: `curl -fL ${path} | tsdocker import - …`,
      });
    }
    const reference = name === undefined ? undefined : taggedReference(name);
    const platform = values.get('platform');
    using store = openStore(root);
    const id = await untilInterrupted((signal) =>
      withInput(path === '-' ? undefined : path, (input) =>
        importImage(store, input, reference, {
          platform: platform === undefined ? hostPlatform() : parsePlatform(platform),
          changes: lists.get('change') ?? [],
          message: values.get('message') ?? `Imported from ${path}`,
          created: new Date(),
          signal,
        }),
      ),
    );
    process.stdout.write(`${id}\n`);
    return 0;
  },
};

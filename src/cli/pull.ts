// tsdocker pull: fetches an image.
import { pullByName } from '../engine/obtain.ts';
import { formatReference, parseReference } from '../image/reference.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';
import { untilInterrupted } from './interruption.ts';
import { pullShown } from './progress/shown-pull.ts';
import { registryOptions } from './registry-flags.ts';

export const command: Command = {
  verb: {
    name: 'pull',
    summary: 'Pull an image from a registry',
    operands: 'IMAGE',
    least: 1,
    most: 1,
    flags: [
      { name: 'quiet', short: 'q', kind: 'switch', summary: 'Print the name of the image only' },
      { name: 'platform', kind: 'value', value: 'platform', summary: 'Platform of the image, such as linux/arm64' },
      { name: 'plain-http', kind: 'list', value: 'host', summary: 'Speak plain http with this registry' },
      { name: 'mirror', kind: 'list', value: 'host=url', summary: 'Try this mirror of a registry first' },
    ],
  },
  async call(parsed, { root }) {
    const [name = ''] = parsed.operands;
    const platform = parsed.values.get('platform');
    const quiet = parsed.switches.get('quiet') === true;
    const reference = parseReference(name);
    using store = openStore(root);
    const options = { registries: registryOptions(parsed), ...(platform === undefined ? {} : { platform }) };
    if (quiet) await untilInterrupted((signal) => pullByName(store, name, { ...options, signal }));
    else await pullShown(process.stdout)(store, name, options);
    process.stdout.write(`${formatReference(reference)}\n`);
    return 0;
  },
};

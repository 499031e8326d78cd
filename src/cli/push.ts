// tsdocker push: sends an image to a registry.
import { choosePushed, type PushProgress, pushImage } from '../engine/push.ts';
import { digestHex } from '../image/digest.ts';
import { formatReference } from '../image/reference.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';
import { untilInterrupted } from './interruption.ts';
import { registryOptions } from './registry-flags.ts';

export const command: Command = {
  verb: {
    name: 'push',
    summary: 'Push an image to a registry',
    operands: 'NAME[:TAG]',
    least: 1,
    most: 1,
    flags: [
      { name: 'all-tags', short: 'a', kind: 'switch', summary: 'Push all tags of the repository' },
      { name: 'quiet', short: 'q', kind: 'switch', summary: 'Print the name of the image only' },
      { name: 'plain-http', kind: 'list', value: 'host', summary: 'Speak plain http with this registry' },
    ],
  },
  async call(parsed, { root }) {
    const [name = ''] = parsed.operands;
    const quiet = parsed.switches.get('quiet') === true;
    const all = parsed.switches.get('all-tags') === true;
    using store = openStore(root);
    const references = choosePushed(store, name, all);
    const repository = `${references[0]!.domain}/${references[0]!.path}`;
    if (!quiet) process.stdout.write(`The push refers to repository [${repository}]\n`);
    for (const reference of references) {
      const told = new Map<string, string>();
      const onProgress = (progress: PushProgress): void => {
        const line = lineOf(progress);
        if (told.get(progress.layer) === line) return;
        told.set(progress.layer, line);
        process.stdout.write(line);
      };
      const { digest, size } = await untilInterrupted((signal) =>
        pushImage(store, reference, {
          registries: registryOptions(parsed),
          signal,
          ...(!quiet && { onProgress }),
        }),
      );
      const tag = reference.tag ?? 'latest';
      process.stdout.write(quiet ? `${formatReference(reference)}\n` : `${tag}: digest: ${digest} size: ${size}\n`);
    }
    return 0;
  },
};

const words: Readonly<Record<PushProgress['status'], string>> = {
  preparing: 'Preparing',
  waiting: 'Waiting',
  pushing: 'Pushing',
  retrying: 'Retrying',
  exists: 'Layer already exists',
  mounted: 'Mounted from',
  pushed: 'Pushed',
};

const lineOf = ({ layer, status, from }: PushProgress): string =>
  `${digestHex(layer).slice(0, 12)}: ${words[status]}${from === undefined ? '' : ` ${from}`}\n`;

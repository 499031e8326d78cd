// tsdocker cp: copies files between a container and this machine, or from and to archives on stdin and stdout.
import {
  type ContainerPath,
  type CopyOptions,
  copyFromContainer,
  copyToContainer,
  readFromContainer,
  unpackInContainer,
} from '../engine/copy.ts';
import { TsdockerError } from '../error.ts';
import { openStore, type Store } from '../store/store.ts';
import type { Command } from './flags.ts';
import { humanSize } from './human-size.ts';
import { untilInterrupted } from './interruption.ts';
import { withInput } from './read-input.ts';
import { writeOutput } from './write-output.ts';

export const command: Command = {
  verb: {
    name: 'cp',
    summary: 'Copy files between a container and this machine',
    operands: 'CONTAINER:PATH PATH|- | PATH|- CONTAINER:PATH',
    least: 2,
    most: 2,
    flags: [
      { name: 'archive', short: 'a', kind: 'switch', summary: 'Keep owners, attributes and set-user-ID bits' },
      { name: 'follow-link', short: 'L', kind: 'switch', summary: 'Copy what the source leads to, where it is a link' },
      { name: 'quiet', short: 'q', kind: 'switch', summary: 'Do not say what was copied' },
    ],
    examples: [
      'tsdocker cp web:/etc/nginx/nginx.conf .',
      'tsdocker cp site/. web:/srv',
      'tsdocker cp web:/var/log - | tar -t',
    ],
  },
  async call({ operands: [from = '', to = ''], switches }, { root }) {
    const [source, target] = [splitOperand(from), splitOperand(to)];
    using store = openStore(root);
    const size = await untilInterrupted((signal) =>
      copy(store, source, target, {
        archive: switches.get('archive') ?? false,
        followLink: switches.get('follow-link') ?? false,
        signal,
      }),
    );
    if (size !== undefined && process.stderr.isTTY && switches.get('quiet') !== true) {
      process.stderr.write(`Successfully copied ${humanSize(size)} to ${to}\n`);
    }
    return 0;
  },
};

/** Returns how much was copied; undefined where it went to stdout. */
async function copy(
  store: Store,
  source: Operand,
  target: Operand,
  options: CopyOptions & { readonly signal: AbortSignal },
): Promise<number | undefined> {
  if (typeof source !== 'string' && typeof target !== 'string') {
    throw new TsdockerError('usage', 'files cannot be copied from one container to another', {
      hint: 'by way of an archive: tsdocker cp A:PATH - | tsdocker cp - B:PATH',
    });
  }
  if (typeof source !== 'string') {
    const to = target as string;
    if (to !== '-') return await copyFromContainer(store, source, to, options);
    if (process.stdout.isTTY) {
      throw new TsdockerError('usage', 'an archive is not for a terminal', { hint: 'redirect stdout' });
    }
    await writeOutput(undefined, readFromContainer(store, source, options), options.signal);
    return undefined;
  }
  if (typeof target === 'string') {
    throw new TsdockerError('usage', 'neither the source nor the destination is in a container', {
      hint: 'write CONTAINER:PATH for the one that is',
    });
  }
  if (source !== '-') return await copyToContainer(store, source, target, options);
  return await withInput(undefined, (input) => unpackInContainer(store, input, target, options));
}

type Operand = string | ContainerPath;

/** A path of the host, which may have a colon behind its first slash or dot. Throws `usage`. */
function splitOperand(text: string): Operand {
  if (text === '') throw new TsdockerError('usage', 'neither the source nor the destination can be empty');
  const colon = text.indexOf(':');
  if (colon < 0 || /^[/.]/.test(text)) return text;
  const [container, path] = [text.slice(0, colon), text.slice(colon + 1)];
  if (container === '' || path === '') {
    throw new TsdockerError('usage', `${JSON.stringify(text)} is not CONTAINER:PATH`, {
      hint: 'a file with a colon in its name is written ./a:b',
    });
  }
  return { container, path };
}

// tsdocker load: brings the images of an archive into the store.
import type { LoadedImage } from '../engine/load.ts';
import { loadImages } from '../engine/load.ts';
import { parsePlatform } from '../image/platform.ts';
import { familiarName } from '../image/reference.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';
import { untilInterrupted } from './interruption.ts';
import { drawOn } from './progress/screen.ts';
import { withInput } from './read-input.ts';

export const command: Command = {
  verb: {
    name: 'load',
    summary: 'Load images from a tar archive',
    operands: '',
    least: 0,
    most: 0,
    flags: [
      { name: 'input', short: 'i', kind: 'value', value: 'file', summary: 'Read from a file instead of stdin' },
      { name: 'quiet', short: 'q', kind: 'switch', summary: 'Print no progress' },
      { name: 'platform', kind: 'value', value: 'platform', summary: 'Platform of the images, such as linux/arm64' },
    ],
    examples: ['tsdocker load -i images.tar', 'docker save alpine | tsdocker load'],
  },
  async call({ switches, values }, { root }) {
    const wanted = values.get('platform');
    const platform = wanted === undefined ? undefined : parsePlatform(wanted);
    const shows = switches.get('quiet') !== true && process.stdout.isTTY && process.env.TERM !== 'dumb';
    using store = openStore(root);
    const loaded: LoadedImage[] = [];
    try {
      await untilInterrupted((signal) =>
        withInput(values.get('input'), async (input) => {
          using display = shows ? drawOn(process.stdout) : undefined;
          await loadImages(store, input, {
            signal,
            onLoaded: (image) => loaded.push(image),
            ...(platform && { platform }),
            ...(display && { onProgress: (event) => display.show(event) }),
          });
        }),
      );
    } finally {
      // Those that came before one that failed are there too.
      process.stdout.write(loaded.map(linesOf).join(''));
    }
    return 0;
  },
};

const linesOf = ({ id, names }: LoadedImage): string =>
  names.length === 0
    ? `Loaded image ID: ${id}\n`
    : names.map((name) => `Loaded image: ${familiarName(name)}\n`).join('');

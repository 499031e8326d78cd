// tsdocker image inspect: all that is known of images (docker image inspect).
import type { Command } from './flags.ts';
import { formatFlag, printInspected } from './inspect.ts';

export const command: Command = {
  verb: {
    name: 'image inspect',
    summary: 'Show all that is known of images',
    operands: 'IMAGE…',
    least: 1,
    most: Number.POSITIVE_INFINITY,
    flags: [formatFlag],
    examples: ["tsdocker image inspect -f '{{.RepoDigests}}' alpine"],
  },
  call: (parsed, { root }) => printInspected(parsed, root, ['image']),
};

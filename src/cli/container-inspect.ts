// tsdocker container inspect: all that is known of containers (docker container inspect).
import type { Command } from './flags.ts';
import { formatFlag, printInspected, sizeFlag } from './inspect.ts';

export const command: Command = {
  verb: {
    name: 'container inspect',
    summary: 'Show all that is known of containers',
    operands: 'CONTAINER…',
    least: 1,
    most: Number.POSITIVE_INFINITY,
    flags: [formatFlag, sizeFlag],
    examples: ["tsdocker container inspect -f '{{.State.Status}}' web"],
  },
  call: (parsed, { root }) => printInspected(parsed, root, ['container']),
};

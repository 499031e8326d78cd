// tsdocker network inspect: all that is known of networks (docker network inspect).
import type { Command } from './flags.ts';
import { formatFlag, printInspected } from './inspect.ts';
import { orStatus1 } from './network-status.ts';

export const command: Command = {
  verb: {
    name: 'network inspect',
    summary: 'Show all that is known of networks',
    operands: 'NETWORK…',
    least: 1,
    most: Number.POSITIVE_INFINITY,
    flags: [formatFlag, { name: 'verbose', short: 'v', kind: 'switch', summary: 'Says nothing: all is shown anyway' }],
    examples: [
      "tsdocker network inspect -f '{{range .Containers}}{{.Name}} {{.IPv4Address}}{{println}}{{end}}' backend",
    ],
  },
  call: (parsed, { root }) => orStatus1(() => printInspected(parsed, root, ['network'])),
};

// tsdocker port: the published ports of a container. There are none until containers have networks.
import { TsdockerError } from '../error.ts';
import { findContainer } from '../store/containers.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';

export const command: Command = {
  verb: {
    name: 'port',
    summary: 'List the published ports of a container',
    operands: 'CONTAINER [PRIVATE_PORT[/PROTO]]',
    least: 1,
    most: 2,
    flags: [],
  },
  async call({ operands: [container = '', port] }, { root }) {
    const wanted = port === undefined ? undefined : parsePort(port);
    using store = openStore(root);
    findContainer(store, container);
    if (wanted === undefined) return 0;
    throw new TsdockerError('notFound', `no public port ${wanted} is published for ${container}`);
  },
};

/** `80` is `80/tcp`. Throws `usage`. */
function parsePort(text: string): string {
  const [, number = '', protocol = 'tcp'] = /^(\d{1,5})(?:\/(tcp|udp|sctp))?$/.exec(text) ?? [];
  if (number !== '' && Number(number) <= 65_535) return `${Number(number)}/${protocol}`;
  throw new TsdockerError('usage', `${JSON.stringify(text)} is not a port`, { hint: 'write it as 80 or 80/tcp' });
}

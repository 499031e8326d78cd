// tsdocker port: where on the host the ports of a container are reached.
import { portsOf } from '../engine/container-ports.ts';
import { TsdockerError } from '../error.ts';
import { portWord } from '../spec/published-ports.ts';
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
    examples: ['tsdocker port web', 'tsdocker port web 80/tcp'],
  },
  async call({ operands: [container = '', port] }, { root }) {
    const wanted = port === undefined ? undefined : parsePort(port);
    using store = openStore(root);
    const found = portsOf(store, findContainer(store, container)).filter(({ hostPort }) => hostPort !== undefined);
    const words = found.map((port) => ({ name: portWord(port), host: `${port.hostAddress}:${port.hostPort}` }));
    if (wanted === undefined) {
      process.stdout.write(words.map(({ name, host }) => `${name} -> ${host}\n`).join(''));
      return 0;
    }
    const chosen = words.filter(({ name }) => name === wanted);
    if (chosen.length === 0)
      throw new TsdockerError('notFound', `no public port ${wanted} is published for ${container}`);
    process.stdout.write(chosen.map(({ host }) => `${host}\n`).join(''));
    return 0;
  },
};

/** `80` is `80/tcp`. Throws `usage`. */
function parsePort(text: string): string {
  const [, number = '', protocol = 'tcp'] = /^(\d{1,5})(?:\/(tcp|udp|sctp))?$/.exec(text) ?? [];
  if (number !== '' && Number(number) <= 65_535) return `${Number(number)}/${protocol}`;
  throw new TsdockerError('usage', `${JSON.stringify(text)} is not a port`, { hint: 'write it as 80 or 80/tcp' });
}

// tsdocker network connect: gives a container a place in one more network.
import { connectContainer } from '../engine/network/connect.ts';
import { sweepContainers } from '../engine/sweep.ts';
import { TsdockerError } from '../error.ts';
import { openStore } from '../store/store.ts';
import { advise } from './advise.ts';
import type { Command, Parsed } from './flags.ts';
import { orStatus1 } from './network-status.ts';

import { parseAliasOf, parseIp, parseIp6 } from './values/networks.ts';

export const command: Command = {
  verb: {
    name: 'network connect',
    summary: 'Connect a container to a network',
    operands: 'NETWORK CONTAINER',
    least: 2,
    most: 2,
    flags: [
      { name: 'alias', kind: 'list', value: 'name', summary: 'A name that others in the network find it by' },
      { name: 'ip', kind: 'value', value: 'address', summary: 'Its IPv4 address there' },
      { name: 'ip6', kind: 'value', value: 'address', summary: 'Its IPv6 address there' },
      { name: 'driver-opt', kind: 'list', value: 'name=value', summary: 'Refused: there are none' },
      {
        name: 'gw-priority',
        kind: 'value',
        value: 'number',
        summary: 'Refused: the first network has the default route',
      },
      { name: 'link', kind: 'list', value: 'container', summary: 'Refused: containers of one network find each other' },
      { name: 'link-local-ip', kind: 'list', value: 'address', summary: 'Refused' },
    ],
    examples: ['tsdocker network connect --alias db --ip 172.28.5.10 backend postgres'],
  },
  call: (parsed, { root }) =>
    orStatus1(async () => {
      const options = connectOptions(parsed);
      const [network = '', container = ''] = parsed.operands;
      using store = openStore(root);
      sweepContainers(store);
      const advice = await connectContainer(store, network, container, options);
      for (const line of advice) advise(line);
      return 0;
    }),
};

function connectOptions({ lists, values }: Parsed) {
  refuse(lists, 'link', 'give it a name with --alias: containers of one network find each other by their names');
  refuse(lists, 'link-local-ip', 'leave it out');
  refuse(lists, 'driver-opt', 'leave it out');
  if (!['', '0', undefined].includes(values.get('gw-priority'))) {
    throw new TsdockerError('unsupported', '--gw-priority is not supported', {
      hint: 'the default route leads through the first network that the container is in',
    });
  }
  const [ip, ip6] = [values.get('ip') || undefined, values.get('ip6') || undefined];
  const aliases = (lists.get('alias') ?? []).flatMap((text) => text.split(',')).map(parseAliasOf('alias'));
  return {
    aliases: [...new Set(aliases)],
    ...(ip === undefined ? {} : { ip: parseIp('ip', ip) }),
    ...(ip6 === undefined ? {} : { ip6: parseIp6('ip6', ip6) }),
  };
}

function refuse(lists: Parsed['lists'], flag: string, hint: string): void {
  if (lists.has(flag)) throw new TsdockerError('unsupported', `--${flag} is not supported`, { hint });
}

// tsdocker network create: makes a network.
import { createNetwork } from '../engine/network/create.ts';
import { TsdockerError } from '../error.ts';
import { openStore } from '../store/store.ts';
import type { Command, Flag } from './flags.ts';
import { orStatus1 } from './network-status.ts';
import { parseLabels } from './values/environment.ts';
import { refuseValue } from './values/refuse.ts';

const list = (name: string, value: string, summary: string): Flag => ({ name, kind: 'list', value, summary });

export const command: Command = {
  verb: {
    name: 'network create',
    summary: 'Make a network',
    operands: 'NETWORK',
    least: 1,
    most: 1,
    flags: [
      { name: 'attachable', kind: 'switch', summary: 'Says nothing: every network can be joined' },
      list('aux-address', 'name=address', 'An address in the subnet that something else has'),
      { name: 'driver', short: 'd', kind: 'value', value: 'driver', summary: 'bridge, which is the default' },
      list('gateway', 'address', 'The address of the bridge (default the first of the subnet)'),
      { name: 'internal', kind: 'switch', summary: 'Nothing of it gets out of this host, nor into it' },
      list('ip-range', 'subnet', 'The part of the subnet that containers get their addresses from'),
      { name: 'ipam-driver', kind: 'value', value: 'driver', summary: 'default' },
      { name: 'ipv4', kind: 'switch', summary: 'IPv4 addresses (default true)' },
      { name: 'ipv6', kind: 'switch', summary: 'IPv6 addresses, of a subnet of its own where none is named' },
      list('label', 'key=value', 'What anybody wants to know of it'),
      {
        name: 'opt',
        short: 'o',
        kind: 'list',
        value: 'name=value',
        summary: 'mtu=9000, com.docker.network.bridge.name=br0 or com.docker.network.bridge.enable_ip_masquerade=false',
      },
      { name: 'scope', kind: 'value', value: 'scope', summary: 'local' },
      list('subnet', 'subnet', 'Where its addresses are from: 172.28.0.0/16; one of IPv4 and one of IPv6'),
      { name: 'ingress', kind: 'switch', summary: 'Refused: it is for swarms' },
      { name: 'config-only', kind: 'switch', summary: 'Refused: it is for swarms' },
      { name: 'config-from', kind: 'value', value: 'network', summary: 'Refused: it is for swarms' },
      list('ipam-opt', 'name=value', 'Refused: there are none'),
    ],
    examples: ['tsdocker network create --subnet 172.28.0.0/16 --ip-range 172.28.5.0/24 backend'],
  },
  call: ({ switches, values, lists, operands: [name = ''] }, { root }) =>
    orStatus1(() => {
      const all = (flag: string): readonly string[] => lists.get(flag) ?? [];
      // As in Docker, several may stand behind one flag.
      const separated = (flag: string): string[] => all(flag).flatMap((text) => text.split(','));
      requireNone(switches, values, all('ipam-opt'));
      const ipv4 = switches.get('ipv4');
      const options = {
        name,
        driver: values.get('driver') || 'bridge',
        subnets: separated('subnet'),
        gateways: separated('gateway'),
        ipRanges: separated('ip-range'),
        auxAddresses: separated('aux-address'),
        ...(ipv4 === undefined ? {} : { ipv4 }),
        ipv6: switches.get('ipv6') === true,
        internal: switches.get('internal') === true,
        labels: parseLabels(all('label')),
        options: Object.fromEntries(all('opt').map(splitOption)),
      };
      using store = openStore(root);
      process.stdout.write(`${createNetwork(store, options).id}\n`);
      return 0;
    }),
};

function splitOption(text: string): [string, string] {
  const [, name = '', value = ''] = /^([^=]+)(?:=(.*))?$/s.exec(text) ?? [];
  if (name === '') refuseValue('opt', text, 'has no name', 'write it as mtu=9000');
  return [name, value];
}

/** Of Docker's swarms, and of drivers that others write. Throws `unsupported`. */
function requireNone(
  switches: ReadonlyMap<string, boolean>,
  values: ReadonlyMap<string, string>,
  ipamOptions: readonly string[],
): void {
  const refuse = (flag: string, hint = 'leave it out'): never => {
    throw new TsdockerError('unsupported', `${flag} is not supported: networks are this host’s`, { hint });
  };
  for (const flag of ['ingress', 'config-only']) if (switches.get(flag) === true) refuse(`--${flag}`);
  if ((values.get('config-from') ?? '') !== '') refuse('--config-from');
  if (!['', 'local', undefined].includes(values.get('scope')))
    refuse(`--scope ${values.get('scope')}`, 'there is local');
  if (!['', 'default', undefined].includes(values.get('ipam-driver')))
    refuse(`--ipam-driver ${values.get('ipam-driver')}`);
  if (ipamOptions.length > 0) refuse('--ipam-opt');
}

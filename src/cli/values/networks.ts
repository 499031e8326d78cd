// --network, --ip, --ip6, --mac-address, --network-alias: which networks a container is in, and what it asks for there. What
// contradicts itself is refused in Docker's words.
import { TsdockerError } from '../../error.ts';
import { canonicalIpv6, canonicalMac, isIpv4 } from '../../spec/address-syntax.ts';
import { defaultNetwork, isAlias } from '../../spec/networks.ts';
import type { NetworkMode, NetworkOption } from '../../spec/run-options.ts';
import { refuseValue } from './refuse.ts';

/** What the flags said, each as it was written. */
export interface NetworkFlags {
  readonly networks: readonly string[];
  readonly aliases: readonly string[];
  readonly ip: string | undefined;
  readonly ip6: string | undefined;
  readonly mac: string | undefined;
}

type Asked = { -readonly [Key in keyof Omit<NetworkOption, 'name' | 'aliases'>]: NetworkOption[Key] };

/** Throws `usage`. */
export function parseNetworks(flags: NetworkFlags): NetworkMode {
  const written = flags.networks;
  const [first = 'default'] = written;
  const alone = written.length <= 1;
  const own = written.map(parseNetwork).find(({ name }) => isSpecial(name));
  if (own !== undefined) {
    if (!alone) {
      throw conflict(
        'conflicting options: cannot attach both user-defined and non-user-defined network-modes',
        `--network ${own.name} stands alone`,
      );
    }
    refuseSettings(flags, own);
    if (own.name === 'none' || own.name === 'host') return own.name;
    const container = own.name.slice('container:'.length);
    if (container === '') refuseValue('network', first, 'names no container', 'write it as container:NAME');
    return { container };
  }
  const networks = (written.length === 0 ? ['default'] : written).map(parseNetwork);
  const again = networks.find(({ name }, index) => networks.findIndex((each) => each.name === name) !== index);
  if (again !== undefined) throw conflict(`the network ${again.name} is given several times`);
  const [chosen, ...others] = networks as [NetworkOption, ...NetworkOption[]];
  const names = [withFlags(chosen, flags), ...others];
  for (const network of names) if (isDefault(network.name)) refuseOnDefault(network);
  const isPlain = alone && first === 'default' && names[0]!.mac === undefined;
  return isPlain
    ? 'default'
    : { names: names.map((each) => (each.name === 'default' ? { ...each, name: defaultNetwork } : each)) };
}

const isSpecial = (name: string): boolean => name === 'none' || name === 'host' || name.startsWith('container:');
const isDefault = (name: string): boolean => name === 'default' || name === defaultNetwork;

/** `NAME`, `NAME:ip=…,alias=…`, or `name=NAME,alias=…`. */
function parseNetwork(value: string): NetworkOption {
  if (value.startsWith('container:')) return { name: value, aliases: [] };
  const [, name = '', settings = ''] = /^([^:=,]*)(?::(.*))?$/s.exec(value) ?? [];
  const fields = name === '' ? value : settings;
  const asked: Asked = {};
  const aliases: string[] = [];
  let target = name;
  for (const field of fields === '' ? [] : fields.split(',')) {
    const [, key = '', text = ''] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/s.exec(field) ?? [];
    if (key === 'name' && target === '') target = text;
    else if (key === 'alias') aliases.push(parseAlias(text));
    else if (key === 'ip' && text.includes(':')) asked.ip6 = parseIp6('network', text);
    else if (key === 'ip') asked.ip = parseIp('network', text);
    else if (key === 'ip6') asked.ip6 = parseIp6('network', text);
    else if (key === 'mac' || key === 'mac-address') asked.mac = parseMac('network', text);
    else {
      refuseValue('network', value, `has ${JSON.stringify(field)} in it`, 'there are ip=, ip6=, mac= and alias=');
    }
  }
  if (target === '') refuseValue('network', value, 'names no network');
  if (/[\s/\0]/.test(target)) refuseValue('network', value, 'is not the name of a network');
  return { name: target, aliases: [...new Set(aliases)], ...asked };
}

/** The flags that stand for themselves are the first network's. */
function withFlags(network: NetworkOption, flags: NetworkFlags): NetworkOption {
  const both = (flag: string, what: string): TsdockerError =>
    conflict(`conflicting options: cannot specify both --${flag} and per-network ${what}`);
  if (network.aliases.length > 0 && flags.aliases.length > 0) throw both('network-alias', 'alias');
  if (network.ip !== undefined && flags.ip !== undefined) throw both('ip', 'IPv4 address');
  if (network.ip6 !== undefined && flags.ip6 !== undefined) throw both('ip6', 'IPv6 address');
  if (network.mac !== undefined && flags.mac !== undefined) throw both('mac-address', 'MAC address');
  const ip = flags.ip === undefined ? network.ip : parseIp('ip', flags.ip);
  const ip6 = flags.ip6 === undefined ? network.ip6 : parseIp6('ip6', flags.ip6);
  const mac = flags.mac === undefined ? network.mac : parseMac('mac-address', flags.mac);
  return {
    name: network.name,
    aliases: flags.aliases.length === 0 ? network.aliases : [...new Set(flags.aliases.map(parseAlias))],
    ...(ip === undefined ? {} : { ip }),
    ...(ip6 === undefined ? {} : { ip6 }),
    ...(mac === undefined ? {} : { mac }),
  };
}

function refuseSettings(flags: NetworkFlags, network: NetworkOption): void {
  if (flags.aliases.length > 0 || network.aliases.length > 0) throw conflict(onlyUserAlias);
  if ((flags.ip ?? flags.ip6 ?? network.ip ?? network.ip6) !== undefined) throw conflict(onlyUserAddress);
  if ((flags.mac ?? network.mac) !== undefined && network.name !== 'none') {
    throw conflict('conflicting options: mac-address and the network mode');
  }
}

function refuseOnDefault({ aliases, ip, ip6 }: NetworkOption): void {
  if (aliases.length > 0) throw conflict(onlyUserAlias);
  if (ip !== undefined || ip6 !== undefined) throw conflict(onlyUserAddress);
}

const onlyUserAlias = 'network-scoped alias is supported only for containers in user defined networks';
const onlyUserAddress = 'user specified IP address is supported on user defined networks only';

const conflict = (message: string, hint?: string): TsdockerError =>
  new TsdockerError('usage', message, hint === undefined ? {} : { hint });

export const parseIp = (flag: string, text: string): string =>
  isIpv4(text) ? text : refuseValue(flag, text, 'is no IPv4 address');

export const parseIp6 = (flag: string, text: string): string =>
  canonicalIpv6(text) ?? refuseValue(flag, text, 'is no IPv6 address');

const parseMac = (flag: string, text: string): string =>
  canonicalMac(text) ?? refuseValue(flag, text, 'is no address of an interface', 'write it as 02:42:ac:11:00:02');

export const parseAliasOf =
  (flag: string) =>
  (text: string): string =>
    isAlias(text) ? text : refuseValue(flag, text, 'is not a name', 'letters, digits, _, - and .');

const parseAlias = parseAliasOf('network-alias');

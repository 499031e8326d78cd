// What a program asks of a new container's networks, in a friendlier form than RunOptions. Pure. What the command line checks while it
// parses is checked here: text of the caller's gets into files of the container and into rules of the host.
import { TsdockerError } from '../../error.ts';
import { canonicalAddress, canonicalIpv6, canonicalMac, isIpv4 } from '../../spec/address-syntax.ts';
import { refuseNetworkConflicts } from '../../spec/network-conflicts.ts';
import { isAlias } from '../../spec/networks.ts';
import type { NetworkMode, NetworkOption, PublishedPort, RunOptions } from '../../spec/run-options.ts';

/** A place in a network: what the container is called there, and addresses of its own. */
export interface NetworkRequest {
  /** A name or an id. */
  readonly name: string;
  readonly aliases?: readonly string[] | undefined;
  readonly ip?: string | undefined;
  readonly ip6?: string | undefined;
  readonly mac?: string | undefined;
}

/** A port of the container; at a free one of the host unless told, and tcp. */
export interface PortRequest {
  readonly port: number;
  readonly hostPort?: number | undefined;
  /** With it, the first free one from `hostPort` to this. */
  readonly lastHostPort?: number | undefined;
  /** Every address of the host, unless told. */
  readonly hostAddress?: string | undefined;
  readonly protocol?: 'tcp' | 'udp' | undefined;
}

export interface ContainerNetworkOptions {
  /** `none`, `host`, another container's, or the names of networks; `bridge` unless told. */
  readonly network?:
    | string
    | { readonly container: string }
    | NetworkRequest
    | readonly (string | NetworkRequest)[]
    | undefined;
  /** A number is a port of the container. `Container.ports` tells where each is reached. */
  readonly publish?: readonly (number | PortRequest)[] | undefined;
  readonly publishAll?: boolean | undefined;
  /** `80/tcp`; a number is a port of tcp. */
  readonly expose?: readonly (number | string)[] | undefined;
  /** Name servers, by address. */
  readonly dns?: readonly string[] | undefined;
  readonly dnsSearch?: readonly string[] | undefined;
  readonly dnsOptions?: readonly string[] | undefined;
  /** Addresses by names; `host-gateway` is the host's own. */
  readonly extraHosts?: Readonly<Record<string, string>> | undefined;
}

type Networking = Pick<
  RunOptions,
  'network' | 'publish' | 'publishAll' | 'expose' | 'dns' | 'dnsSearch' | 'dnsOptions' | 'extraHosts'
>;

/** Throws `usage`. */
export function networkingOf(given: ContainerNetworkOptions): Networking {
  const { dns = [], dnsSearch = [], dnsOptions = [], extraHosts = {}, publish = [], expose = [] } = given;
  for (const text of [...dnsSearch, ...dnsOptions]) requireWord(text);
  return {
    network: modeOf(given.network),
    publish: publish.map((each) => portOf(typeof each === 'number' ? { port: each } : each)),
    publishAll: given.publishAll === true,
    expose: expose.map(exposedOf),
    dns: dns.map((text) => canonicalAddress(text) ?? fail(`the name server ${JSON.stringify(text)} is no address`)),
    dnsSearch: [...dnsSearch],
    dnsOptions: [...dnsOptions],
    extraHosts: Object.entries(extraHosts).map(([name, address]) => hostOf(name, address)),
  };
}

/** Throws `usage` for what contradicts itself. */
export const checkNetworking = refuseNetworkConflicts;

function modeOf(given: ContainerNetworkOptions['network']): NetworkMode {
  if (given === undefined || given === 'default') return 'default';
  if (given === 'none' || given === 'host') return given;
  if (typeof given === 'object' && 'container' in given) return { container: given.container };
  const list = Array.isArray(given)
    ? (given as readonly (string | NetworkRequest)[])
    : [given as string | NetworkRequest];
  const names = list.map((each) => requestOf(typeof each === 'string' ? { name: each } : each));
  const special = names.find(({ name }) => name === 'none' || name === 'host');
  if (special !== undefined) fail(`the network ${special.name} cannot be joined together with others`);
  return names.length === 0 ? 'none' : { names };
}

/** Throws `usage`. */
export function requestOf(request: NetworkRequest): NetworkOption {
  const { name, aliases = [], ip, ip6, mac } = request;
  requireWord(name);
  const bad = aliases.find((alias) => !isAlias(alias));
  if (bad !== undefined) fail(`the alias ${JSON.stringify(bad)} is not a name`);
  if (ip !== undefined && !isIpv4(ip)) fail(`ip: ${JSON.stringify(ip)} is no IPv4 address`);
  const [six, own] = [
    ip6 === undefined ? undefined : canonicalIpv6(ip6),
    mac === undefined ? undefined : canonicalMac(mac),
  ];
  if (ip6 !== undefined && six === undefined) fail(`ip6: ${JSON.stringify(ip6)} is no IPv6 address`);
  if (mac !== undefined && own === undefined) fail(`mac: ${JSON.stringify(mac)} is no address of an interface`);
  return {
    name,
    aliases: [...aliases],
    ...(ip === undefined ? {} : { ip }),
    ...(six === undefined ? {} : { ip6: six }),
    ...(own === undefined ? {} : { mac: own }),
  };
}

function portOf(request: PortRequest): PublishedPort {
  const { port, hostPort = 0, lastHostPort, protocol = 'tcp', hostAddress } = request;
  const isPort = (number: number, least: number): boolean =>
    Number.isInteger(number) && number >= least && number <= 65_535;
  if (!isPort(port, 1)) fail(`publish: ${port} is no port`);
  if (!isPort(hostPort, 0)) fail(`publish: ${hostPort} is no port of the host`);
  if (lastHostPort !== undefined && (!isPort(lastHostPort, 1) || lastHostPort < hostPort || hostPort === 0)) {
    fail(`publish: ${hostPort}-${lastHostPort} is no range of ports`);
  }
  if (protocol !== 'tcp' && protocol !== 'udp') fail(`publish: there is tcp and udp, and not ${String(protocol)}`);
  const address = hostAddress === undefined ? undefined : canonicalAddress(hostAddress);
  if (hostAddress !== undefined && address === undefined) fail(`publish: ${JSON.stringify(hostAddress)} is no address`);
  return {
    hostPort,
    ...(lastHostPort === undefined ? {} : { lastHostPort }),
    port,
    protocol,
    ...(address === undefined ? {} : { hostAddress: address }),
  };
}

function exposedOf(given: number | string): string {
  const word = typeof given === 'number' ? `${given}/tcp` : given;
  const [, port = ''] = /^(\d{1,5})\/(?:tcp|udp|sctp)$/.exec(word) ?? [];
  if (Number(port) < 1 || Number(port) > 65_535) fail(`expose: ${JSON.stringify(given)} is no port`);
  return `${Number(port)}${word.slice(port.length)}`;
}

function hostOf(name: string, given: string): string {
  requireWord(name);
  if (/[:#]/.test(name)) fail(`extraHosts: ${JSON.stringify(name)} is no name of a host`);
  const address = given === 'host-gateway' ? given : canonicalAddress(given);
  if (address === undefined) fail(`extraHosts: ${JSON.stringify(given)} is no address`);
  return `${name}:${address}`;
}

/** White space would begin another field or line of the file it gets into. */
function requireWord(text: string): void {
  if (!/^[!-~]{1,255}$/.test(text)) fail(`${JSON.stringify(text)} is not a word`);
}

function fail(message: string): never {
  throw new TsdockerError('usage', message);
}

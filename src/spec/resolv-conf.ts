// /etc/resolv.conf of a container (resolv.conf(5)): whom it asks for names. Pure: what the host's files say comes as text.
import { isLoopback } from './address-syntax.ts';
import type { HostFiles } from './etc-files.ts';

/** 127.0.0.11: where the resolver of ours answers inside of a container, as in Docker. */
export const resolverAddress = '127.0.0.11';

/**
 * `none`: no network to ask anybody over. `host`: the host's own. `bridge`: the host's servers, but for those that only the host itself
 * reaches. `resolver`: ours, which knows the names of the networks and asks others for the rest.
 */
export type NamesMode = 'none' | 'host' | 'bridge' | 'resolver';

export interface ResolvConfFacts {
  readonly mode: NamesMode;
  readonly host: HostFiles;
  /** What flags said; each replaces what the host's file says of it. */
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  /** Whether the container has a way to IPv6: without one it is not told of servers there. */
  readonly ipv6?: boolean | undefined;
}

export interface ResolvConf {
  readonly content: string;
  /** The resolver of ours has to answer: always in the mode `resolver`, else where the container itself reaches no server. */
  readonly needsResolver: boolean;
  /** What that resolver asks for names that it does not know (`server` of the bundle's file `resolver`); none for the host's servers. */
  readonly servers: readonly string[];
}

export function resolvConfFile(facts: ResolvConfFacts): ResolvConf {
  const { mode, dns, dnsSearch, dnsOptions } = facts;
  const isPlain = dns.length + dnsSearch.length + dnsOptions.length === 0;
  if (isPlain && mode === 'host') return direct(hostResolvConf(facts.host));
  if (isPlain && mode === 'none') return direct('');
  const host = mode === 'none' ? nothing : readResolvConf(hostResolvConf(facts.host));
  const search = dnsSearch.length > 0 ? dnsSearch : host.search;
  const options = dnsOptions.length > 0 ? dnsOptions : host.options;
  const servers = dns.length > 0 ? dns : mode === 'bridge' ? reachable(host.servers, facts.ipv6) : host.servers;
  if (mode === 'host' || mode === 'none') return direct(render(search, servers, options));
  if (mode === 'bridge' && servers.length > 0) return direct(render(search, servers, options));
  // As in Docker: a name without a dot is one of a network, so it is asked for as it stands before the search domains are tried.
  const ndots = mode === 'resolver' && !options.some((option) => option.startsWith('ndots:')) ? ['ndots:0'] : [];
  return {
    content: render(search, [resolverAddress], [...options, ...ndots]),
    needsResolver: true,
    servers: dns,
  };
}

const direct = (content: string): ResolvConf => ({ content, needsResolver: false, servers: [] });

/** A server on the host's loopback, or with a zone (an interface of the host), is none to a container. */
const reachable = (servers: readonly string[], ipv6 = false): string[] =>
  servers.filter((address) => !isLoopback(address) && !address.includes('%') && (ipv6 || !address.includes(':')));

function render(search: readonly string[], servers: readonly string[], options: readonly string[]): string {
  const domains = search.filter((domain) => domain !== '.');
  return [
    ...(domains.length > 0 ? [`search ${domains.join(' ')}\n`] : []),
    ...servers.map((address) => `nameserver ${address}\n`),
    ...(options.length > 0 ? [`options ${options.join(' ')}\n`] : []),
  ].join('');
}

interface Read {
  readonly search: readonly string[];
  readonly servers: readonly string[];
  readonly options: readonly string[];
}

const nothing: Read = { search: [], servers: [], options: [] };

/** Of `search` and `domain` the last one counts; `options` add up. */
function readResolvConf(text: string): Read {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  const after = (...words: readonly string[]): string[][] =>
    lines.filter(([word = '']) => words.includes(word)).map(([, ...rest]) => rest);
  return {
    search: after('search', 'domain').at(-1) ?? [],
    servers: after('nameserver').flatMap(([address]) => (address === undefined ? [] : [address])),
    options: after('options').flat(),
  };
}

/**
 * The host's resolv.conf as it serves a container. Where the only server is the stub of systemd-resolved, the file behind it is
 * taken: the stub answers to the host alone, and hides the search domains' and servers' true order.
 */
export function hostResolvConf({ resolvConf = '', resolvedConf }: HostFiles): string {
  const { servers } = readResolvConf(resolvConf);
  const isStub = servers.length > 0 && servers.every((address) => address === '127.0.0.53');
  return isStub && resolvedConf !== undefined && readResolvConf(resolvedConf).servers.length > 0
    ? resolvedConf
    : resolvConf;
}

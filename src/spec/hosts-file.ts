// /etc/hosts of a container (hosts(5)), as Docker writes it: loopback, what was asked for, the container itself. Pure.
import { TsdockerError } from '../error.ts';

/** A name and its address. */
export type HostEntry = readonly [name: string, address: string];

export interface HostsFacts {
  readonly hostname: string;
  readonly domainname?: string | undefined;
  /** The container's own, of all its networks; none before it has any. */
  readonly addresses: readonly string[];
  readonly extraHosts: readonly HostEntry[];
  /** The host's file, for a container that has the host's network. */
  readonly base?: string | undefined;
}

const loopback = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::\tip6-localnet
ff00::\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`;

export function hostsFile({ hostname, domainname, addresses, extraHosts, base = loopback }: HostsFacts): string {
  const names = namesOf(hostname, domainname);
  const start = base === '' || base.endsWith('\n') ? base : `${base}\n`;
  const extra = extraHosts.map(([name, address]) => `${address}\t${name}\n`);
  const own = addresses.map((address) => `${address}\t${names}\n`);
  return [start, ...extra, ...own].join('');
}

/** The whole name and its first part: people give the whole one as either flag. */
function namesOf(hostname: string, domainname: string | undefined): string {
  const whole = domainname === undefined ? hostname : `${hostname}.${domainname}`;
  const [first] = whole.split('.');
  return first === whole ? whole : `${whole} ${first}`;
}

/**
 * What --add-host said, with the host's own address in the place of `host-gateway`. Throws `usage` where there is none.
 * @param hostGateway The addresses of the host as the container reaches it.
 */
export function hostEntries(extraHosts: readonly string[], hostGateway: readonly string[]): HostEntry[] {
  return extraHosts.flatMap((text): HostEntry[] => {
    const [, name = '', address = ''] = /^([^:]*):(.*)$/s.exec(text) ?? [];
    if (address !== 'host-gateway') return [[name, address]];
    if (hostGateway.length > 0) return hostGateway.map((each) => [name, each]);
    throw new TsdockerError('usage', `host-gateway of --add-host ${name} has no address`, {
      hint: 'a container without a network cannot reach the host',
    });
  });
}

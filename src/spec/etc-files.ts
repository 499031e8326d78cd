// The files of /etc that say where a container is: hosts, hostname, resolv.conf (hosts(5), resolv.conf(5)). Pure: what the
// host's files say comes as text.
import { TsdockerError } from '../error.ts';

export interface EtcFile {
  readonly path: string;
  readonly content: string;
}

export interface HostFiles {
  /** Undefined where the host has no such file. */
  readonly hosts: string | undefined;
  readonly resolvConf: string | undefined;
  /** What systemd-resolved has learnt from the network: /run/systemd/resolve/resolv.conf. */
  readonly resolvedConf: string | undefined;
}

const localHosts = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::\tip6-localnet
ff00::\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`;

const nameservers = (text: string): string[] =>
  [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map(([, address]) => address!);

/**
 * The host's resolv.conf for a container that shares its network. Where the only server is the stub of systemd-resolved,
 * the file behind it is taken: the stub answers, but hides the search domains' and servers' true order, and a program that
 * looks for a server of its own finds none.
 */
export function hostResolvConf({ resolvConf = '', resolvedConf }: HostFiles): string {
  const servers = nameservers(resolvConf);
  const isStub = servers.length > 0 && servers.every((address) => address === '127.0.0.53');
  return isStub && resolvedConf !== undefined && nameservers(resolvedConf).length > 0 ? resolvedConf : resolvConf;
}

export function etcFiles(network: 'none' | 'host', hostname: string, host: HostFiles): EtcFile[] {
  if (/[\n\0]/.test(hostname)) throw new TsdockerError('usage', `${JSON.stringify(hostname)} cannot be a host name`);
  const shared = network === 'host';
  return [
    { path: '/etc/hostname', content: `${hostname}\n` },
    { path: '/etc/hosts', content: shared ? (host.hosts ?? localHosts) : localHosts },
    { path: '/etc/resolv.conf', content: shared ? hostResolvConf(host) : '' },
  ];
}

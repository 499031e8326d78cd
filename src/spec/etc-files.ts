// The files of /etc that say where a container is, as it is made: hosts, hostname, resolv.conf. Pure: what the host's files say comes
// as text. When its addresses are known, and when they change, hosts-file.ts and resolv-conf.ts say the new text.
import { TsdockerError } from '../error.ts';
import { type HostEntry, hostsFile } from './hosts-file.ts';
import { type NamesMode, resolvConfFile } from './resolv-conf.ts';
import type { RunOptions } from './run-options.ts';

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

export interface EtcFacts {
  readonly mode: NamesMode;
  readonly hostname: string;
  readonly host: HostFiles;
  /** The container's own addresses, where they are known by now. */
  readonly addresses?: readonly string[];
  readonly extraHosts?: readonly HostEntry[];
  /** Whether the container has a way to IPv6. */
  readonly ipv6?: boolean;
}

/** Throws `usage` for a host name that would be more than a name. */
export function etcFiles(
  { mode, hostname, host, addresses = [], extraHosts = [], ipv6 }: EtcFacts,
  { dns, dnsSearch, dnsOptions, domainname }: Pick<RunOptions, 'dns' | 'dnsSearch' | 'dnsOptions' | 'domainname'>,
): EtcFile[] {
  if (/[\n\0]/.test(hostname)) throw new TsdockerError('usage', `${JSON.stringify(hostname)} cannot be a host name`);
  const base = mode === 'host' ? host.hosts : undefined;
  return [
    { path: '/etc/hostname', content: `${hostname}\n` },
    { path: '/etc/hosts', content: hostsFile({ hostname, domainname, addresses, extraHosts, base }) },
    { path: '/etc/resolv.conf', content: resolvConfFile({ mode, host, dns, dnsSearch, dnsOptions, ipv6 }).content },
  ];
}

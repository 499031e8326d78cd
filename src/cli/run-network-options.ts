// The flags of `run` and `create` that are about networks, ports and names, together. Pure.
import type { RunOptions } from '../spec/run-options.ts';
import type { Parsed } from './flags.ts';
import { parseAddHost, parseDns, parseDnsOption, parseDnsSearch } from './values/hosts.ts';
import { parseNetworks } from './values/networks.ts';
import { parseAllPublished, parseExpose } from './values/ports.ts';

export type NetworkOptions = Pick<
  RunOptions,
  'network' | 'publish' | 'publishAll' | 'expose' | 'dns' | 'dnsSearch' | 'dnsOptions' | 'extraHosts'
>;

/** Throws `usage`. */
export function networkOptions({ lists, switches, values }: Parsed): NetworkOptions {
  const all = (name: string): readonly string[] => lists.get(name) ?? [];
  return {
    network: parseNetworks({
      networks: all('network'),
      aliases: all('network-alias'),
      ip: values.get('ip') || undefined,
      ip6: values.get('ip6') || undefined,
      mac: values.get('mac-address') || undefined,
    }),
    publish: parseAllPublished(all('publish')),
    publishAll: switches.get('publish-all') === true,
    expose: [...new Set(all('expose').flatMap(parseExpose))],
    dns: all('dns').map(parseDns),
    dnsSearch: all('dns-search').map(parseDnsSearch),
    dnsOptions: all('dns-option').map(parseDnsOption),
    extraHosts: all('add-host').map(parseAddHost),
  };
}

// The switches of the kernel that networks need, in the network namespace of this thread (Documentation/networking/ip-sysctl.rst). All that
// tsdocker ever writes is here, and docs/network.md lists it:
// - net.ipv4.ip_forward = 1, when the first bridge is made;
// - net.ipv6.conf.all.forwarding = 1, when the first bridge with an IPv6 subnet is made; before that net.ipv6.conf.*.accept_ra = 2
//   on the interfaces that listened to router advertisements and would not as a router;
// - net.ipv6.conf.<bridge>.accept_ra = 0 on bridges of ours (links/bridge.ts).
// net.ipv4.conf.*.route_localnet stays 0: with 1 neighbours reach what listens on 127.0.0.1 only (CVE-2020-8558).
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { TsdockerError } from '../error.ts';
import type { Family } from './address.ts';

const folder = '/proc/sys/net';

/** Undefined where there is no such switch: a kernel without IPv6, an interface that has just gone. */
function read(name: string): string | undefined {
  try {
    return readFileSync(`${folder}/${name}`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function write(name: string, value: string): void {
  try {
    writeFileSync(`${folder}/${name}`, value);
  } catch (cause) {
    const sysctl = `net/${name}`.replaceAll('/', '.');
    throw new TsdockerError('permission', `cannot set ${sysctl} to ${value}`, {
      cause,
      hint: `the host's administrator has to: sysctl -w ${sysctl}=${value}`,
    });
  }
}

/**
 * The host forwards packets of these families from here on. Writes only what differs.
 * Throws `permission` where a switch cannot be set, `unsupported` for IPv6 on a kernel without it.
 */
export function enableForwarding(families: readonly Family[]): void {
  if (families.includes(4) && read('ipv4/ip_forward') !== '1') write('ipv4/ip_forward', '1');
  if (!families.includes(6)) return;
  const forwards = read('ipv6/conf/all/forwarding');
  if (forwards === undefined) throw new TsdockerError('unsupported', 'this host has no IPv6');
  if (forwards === '1') return;
  for (const name of readdirSync(`${folder}/ipv6/conf`)) {
    // A router does not listen to router advertisements, unless told to with 2: the host would lose its own default route. Not for
    // interfaces that are to come (`default`): ours would be among them (CVE-2020-13401).
    const listens = name !== 'all' && name !== 'default' && !name.startsWith('tsd');
    if (listens && read(`ipv6/conf/${name}/forwarding`) === '0' && read(`ipv6/conf/${name}/accept_ra`) === '1') {
      write(`ipv6/conf/${name}/accept_ra`, '2');
    }
  }
  write('ipv6/conf/all/forwarding', '1');
}

// The rules of table inet tsdocker as data. They never change: bridges and published ports are elements of the sets and maps (bridges.ts,
// published.ts). docs/network.md shows them as nft prints them. An accept here is not the last word: what another table drops on the
// same hook is dropped (../coexistence).
import { u32 } from '../netlink/attributes.ts';
import * as k from './constants.ts';
import * as e from './expressions.ts';
import type { Hook } from './messages.ts';
import type { SetDefinition } from './sets.ts';

/**
 * Counts the changes of this file: another version in the kernel is replaced. What stays are sets and chains of the same name, so one
 * whose type or hook changes has to get another name.
 */
export const version = 1;

export interface Chain {
  readonly name: string;
  readonly hook?: Hook;
  readonly words: string;
  readonly rules: readonly (readonly e.Expression[])[];
}

const target4 = ['ipv4_addr', 'inet_service'] as const;
const target6 = ['ipv6_addr', 'inet_service'] as const;
const port = ['inet_proto', 'inet_service'] as const;

export const sets: readonly SetDefinition[] = [
  { name: 'bridges', key: ['ifname'], words: 'of all networks' },
  { name: 'internal', key: ['ifname'], words: 'bridges of --internal networks' },
  { name: 'masqueraded', key: ['ifname'], words: 'bridges whose containers leave with the address of the host' },
  { name: 'same', key: ['ifname', 'ifname'], words: 'each bridge beside itself' },
  { name: 'published4', key: port, value: target4, words: 'port of the host : address and port of a container' },
  { name: 'published_at4', key: ['ipv4_addr', ...port], value: target4, words: 'the same for one address of the host' },
  { name: 'published6', key: port, value: target6, words: 'port of the host : address and port of a container' },
  { name: 'published_at6', key: ['ipv6_addr', ...port], value: target6, words: 'the same for one address of the host' },
  { name: 'relayed6', key: port, words: 'ports of the host that the relay may serve to clients with IPv6' },
  { name: 'relayed_at6', key: ['ipv6_addr', ...port], words: 'the same for one address of the host' },
];

const rule = (...parts: readonly (readonly e.Expression[])[]): readonly e.Expression[] => parts.flat();

const toThisHost = e.equals(e.fibDaddrType, u32(k.RTN_LOCAL));
const notFromThisHost = e.differs(e.fibSaddrType, u32(k.RTN_LOCAL));
const fromNowhere = e.equals(e.iifname, e.interfaceName(''));
const toLoopback4 = e.equals(e.ipDaddrBy8, Uint8Array.of(127));
const toLoopback6 = e.equals(e.ip6Daddr, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1));
const leading = (...bytes: readonly number[]): Uint8Array => {
  const address = new Uint8Array(16);
  address.set(bytes);
  return address;
};
/** fe80::/10 */
const fromLinkLocal = e.within(e.ip6Saddr, leading(0xff, 0xc0), leading(0xfe, 0x80));
const known = e.hasAny(e.ctState, k.CT_ESTABLISHED | k.CT_RELATED);
const invalid = e.hasAny(e.ctState, k.CT_INVALID);
const translated = e.hasAny(e.ctStatus, k.IPS_DST_NAT);
const withinOneBridge = e.isIn('same', e.iifname, e.oifname);
const isIp6 = e.equals(e.nfproto, Uint8Array.of(k.NFPROTO_IPV6));
const fromLo = e.equals(e.iifname, e.interfaceName('lo'));

const priority = { dstnat: -100, filter: 0, srcnat: 100 } as const;
const base = (type: Hook['type'], hook: number, at: keyof typeof priority): Hook => ({
  type,
  hook,
  priority: priority[at],
});

/** In an order in which each is made before others jump to it. */
export const chains: readonly Chain[] = [
  {
    name: 'published',
    words: 'to the container that published the port',
    rules: [
      // What comes from the loopback, or from an address that is not forwarded, arrives at the reserved socket and is relayed. It is
      // also what keeps neighbours from ports of 127.0.0.1 (CVE-2020-8558): translated, they were no martians any more.
      rule(toLoopback4, e.goBack),
      rule(toLoopback6, e.goBack),
      rule(fromLinkLocal, e.goBack),
      e.dnatBy('published_at4', 'ip', e.ipDaddr, e.l4proto, e.thDport),
      e.dnatBy('published4', 'ip', e.l4proto, e.thDport),
      e.dnatBy('published_at6', 'ip6', e.ip6Daddr, e.l4proto, e.thDport),
      e.dnatBy('published6', 'ip6', e.l4proto, e.thDport),
    ],
  },
  {
    name: 'containers',
    // ensureRuleset() reads these words.
    words: `rules of tsdocker, version ${version}`,
    rules: [
      e.jump('administrator'),
      rule(known, e.accept),
      rule(withinOneBridge, e.accept),
      // What belongs to no flow is not translated, and would leave with the container's own address.
      rule(e.isIn('masqueraded', e.iifname), invalid, e.drop),
      rule(e.isIn('internal', e.iifname), e.drop),
      rule(e.isIn('internal', e.oifname), e.drop),
      rule(translated, e.accept),
      // Not published: neither for other networks nor for a host that has a route to the container.
      rule(e.isIn('bridges', e.oifname), e.drop),
      rule(e.accept),
    ],
  },
  {
    name: 'relayed',
    words: 'to a socket that the relay serves',
    rules: [rule(fromLo, e.goBack), e.jump('administrator'), rule(e.isIn('internal', e.iifname), e.drop)],
  },
  {
    name: 'prerouting',
    hook: base('nat', k.NF_INET_PRE_ROUTING, 'dstnat'),
    words: 'from others to this host',
    rules: [rule(toThisHost, e.jump('published'))],
  },
  {
    name: 'output',
    hook: base('nat', k.NF_INET_LOCAL_OUT, 'dstnat'),
    words: 'from this host to itself',
    rules: [rule(toThisHost, e.jump('published'))],
  },
  {
    name: 'postrouting',
    hook: base('nat', k.NF_INET_POST_ROUTING, 'srcnat'),
    words: 'on the way out',
    rules: [
      // A container that reaches its own network by an address of the host: the answer has to come back this way.
      rule(withinOneBridge, translated, e.masquerade),
      // With br_netfilter such a packet never leaves the bridge, and comes here as if from nowhere; what the host itself sends does, too.
      rule(fromNowhere, e.isIn('bridges', e.oifname), translated, notFromThisHost, e.masquerade),
      rule(e.isIn('masqueraded', e.iifname), e.isNotIn('bridges', e.oifname), e.masquerade),
    ],
  },
  {
    name: 'forward',
    hook: base('filter', k.NF_INET_FORWARD, 'filter'),
    words: 'to or from a container',
    rules: [
      rule(e.isIn('bridges', e.iifname), e.goto('containers')),
      rule(e.isIn('bridges', e.oifname), e.goto('containers')),
    ],
  },
  {
    name: 'input',
    hook: base('filter', k.NF_INET_LOCAL_IN, 'filter'),
    words: 'to this host itself',
    rules: [
      // Where somebody set route_localnet, a container would reach what listens on 127.0.0.1 only.
      rule(e.isIn('bridges', e.iifname), toLoopback4, e.drop),
      rule(e.isIn('relayed_at6', e.ip6Daddr, e.l4proto, e.thDport), e.goto('relayed')),
      rule(isIp6, e.isIn('relayed6', e.l4proto, e.thDport), e.goto('relayed')),
    ],
  },
];

/** The administrator's: made empty, and never touched again. */
export const administrator = {
  name: 'administrator',
  words: 'yours: everything to or from a container comes here first',
};

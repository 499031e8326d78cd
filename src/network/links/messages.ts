// The rtnetlink messages that we send, as values: no effect, no socket (rtnetlink(7)).
import { AF_INET, AF_INET6, AF_UNSPEC } from '../../kernel/constants.ts';
import { structure } from '../../kernel/memory.ts';
import { addressBytes } from '../address.ts';
import { type Attribute, encodeAttributes, text, u32 } from '../netlink/attributes.ts';
import { NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } from '../netlink/constants.ts';
import { type Message, payload } from '../netlink/message.ts';
import * as r from './constants.ts';

/** An address with the length of its subnet's prefix: `172.18.0.2/16`. */
export interface InterfaceAddress {
  readonly bytes: Uint8Array;
  readonly prefix: number;
  readonly family: number;
}

/** Throws `usage` for what is no address. */
export function interfaceAddress(cidr: string): InterfaceAddress {
  const slash = cidr.lastIndexOf('/');
  const bytes = addressBytes(slash < 0 ? cidr : cidr.slice(0, slash));
  const prefix = slash < 0 ? bytes.byteLength * 8 : Number(cidr.slice(slash + 1));
  return { bytes, prefix, family: familyOf(bytes) };
}

export const familyOf = (bytes: Uint8Array): number => (bytes.byteLength === 4 ? AF_INET : AF_INET6);

/** struct ifinfomsg. @param up Undefined: leaves it as it is. */
export function linkHead(index: number, up?: boolean): Uint8Array {
  const [flags, change] = up === undefined ? [0, 0] : [up ? r.IFF_UP : 0, r.IFF_UP];
  return structure([1, AF_UNSPEC], [1, 0], [2, 0], [4, index], [4, flags], [4, change]);
}

/** Makes a link; EEXIST where the name is taken. */
export function newLink(attributes: readonly Attribute[]): Message {
  return {
    type: r.RTM_NEWLINK,
    flags: NLM_F_CREATE | NLM_F_EXCL,
    payload: payload(linkHead(0), encodeAttributes(attributes)),
  };
}

/** What names a link: its index, or where that is not known its name. */
const byName = (link: number | string): readonly Attribute[] =>
  typeof link === 'string' ? [[r.IFLA_IFNAME, text(link)]] : [];
const indexOf = (link: number | string): number => (typeof link === 'string' ? 0 : link);

/** Brings a link up, with other changes. RTM_NEWLINK without NLM_F_CREATE changes what RTM_SETLINK does, and a bridge's port too. */
export function raiseLink(link: number | string, changes: readonly Attribute[] = []): Message {
  return {
    type: r.RTM_NEWLINK,
    flags: 0,
    payload: payload(linkHead(indexOf(link), true), encodeAttributes([...byName(link), ...changes])),
  };
}

/** One link, without its counters; with NLM_F_DUMP all of them. */
export function getLink(link: number | string): Message {
  const attributes: Attribute[] = [...byName(link), [r.IFLA_EXT_MASK, u32(r.RTEXT_FILTER_SKIP_STATS)]];
  return { type: r.RTM_GETLINK, flags: 0, payload: payload(linkHead(indexOf(link)), encodeAttributes(attributes)) };
}

export function deleteLink(link: number | string): Message {
  return { type: r.RTM_DELLINK, flags: 0, payload: payload(linkHead(indexOf(link)), encodeAttributes(byName(link))) };
}

/** No link-local address that nobody asked for, and so no packet of IPv6 from the interface. */
export const withoutLinkLocal: Attribute = [
  r.IFLA_AF_SPEC,
  [[AF_INET6, [[r.IFLA_INET6_ADDR_GEN_MODE, Uint8Array.of(r.IN6_ADDR_GEN_MODE_NONE)]]]],
];

/** Gives an interface an address; one that it has already stays. IPv6 is usable at once: no duplicate is looked for. */
export function newAddress(index: number, { bytes, prefix, family }: InterfaceAddress): Message {
  const flags = family === AF_INET6 ? r.IFA_F_NODAD : 0;
  const head = structure([1, family], [1, prefix], [1, flags], [1, r.RT_SCOPE_UNIVERSE], [4, index]);
  const attributes: Attribute[] = [
    [r.IFA_LOCAL, bytes],
    [r.IFA_ADDRESS, bytes],
  ];
  if (family === AF_INET && prefix < 31) attributes.push([r.IFA_BROADCAST, broadcastOf(bytes, prefix)]);
  return {
    type: r.RTM_NEWADDR,
    flags: NLM_F_CREATE | NLM_F_REPLACE,
    payload: payload(head, encodeAttributes(attributes)),
  };
}

/** All host bits set (RFC 919). */
function broadcastOf(address: Uint8Array, prefix: number): Uint8Array {
  return address.map((byte, at) => byte | (0xff >> Math.min(8, Math.max(0, prefix - at * 8))));
}

/** struct rtmsg of a default route in the main table. */
const defaultRoute = (family: number, protocol: number, scope: number, kind: number): Uint8Array =>
  structure([1, family], [1, 0], [1, 0], [1, 0], [1, r.RT_TABLE_MAIN], [1, protocol], [1, scope], [1, kind], [4, 0]);

/** The default route of the gateway's family, instead of the one that there may be. */
export function newDefaultRoute(index: number, gateway: string): Message {
  const bytes = addressBytes(gateway);
  const head = defaultRoute(familyOf(bytes), r.RTPROT_BOOT, r.RT_SCOPE_UNIVERSE, r.RTN_UNICAST);
  const attributes: Attribute[] = [
    [r.RTA_GATEWAY, bytes],
    [r.RTA_OIF, u32(index)],
  ];
  return {
    type: r.RTM_NEWROUTE,
    flags: NLM_F_CREATE | NLM_F_REPLACE,
    payload: payload(head, encodeAttributes(attributes)),
  };
}

/** Takes the default route away, whoever made it; ESRCH without one. */
export function deleteDefaultRoute(family: number): Message {
  return { type: r.RTM_DELROUTE, flags: 0, payload: defaultRoute(family, 0, r.RT_SCOPE_NOWHERE, 0) };
}

export const loopbackUp: Message = raiseLink(r.loopbackIndex);

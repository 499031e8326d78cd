// Links of this thread's network namespace: looked up, listed, removed.

import { macText } from '../address.ts';
import { parseAttributes, readText, readU32 } from '../netlink/attributes.ts';
import { NETLINK_ROUTE } from '../netlink/constants.ts';
import { refusedWith } from '../netlink/error.ts';
import type { Message } from '../netlink/message.ts';
import { type NetlinkSocket, openNetlink } from '../netlink/socket.ts';
import * as r from './constants.ts';
import { deleteLink, getLink } from './messages.ts';

export interface Link {
  readonly index: number;
  readonly name: string;
  /** `bridge`, `veth`, …; undefined for a device of hardware and for the loopback. */
  readonly kind: string | undefined;
  readonly up: boolean;
  readonly mtu: number;
  /** Undefined for a link that has none, or another kind of address. */
  readonly mac: string | undefined;
  /** The index of the bridge that it is a port of. */
  readonly master: number | undefined;
  /** Of a veth: the index of the other end, in that one's namespace. */
  readonly peer: number | undefined;
}

const headSize = 16;

/** Reads a message of the type RTM_NEWLINK; undefined for another, or one without a name. */
export function parseLink({ type, payload }: Message): Link | undefined {
  if (type !== r.RTM_NEWLINK || payload.byteLength < headSize) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const attributes = parseAttributes(payload.subarray(headSize));
  const name = readText(attributes.get(r.IFLA_IFNAME));
  if (name === undefined) return undefined;
  const info = attributes.get(r.IFLA_LINKINFO);
  const mac = attributes.get(r.IFLA_ADDRESS);
  return {
    index: view.getInt32(4, true),
    name,
    kind: info && readText(parseAttributes(info).get(r.IFLA_INFO_KIND)),
    up: (view.getUint32(8, true) & r.IFF_UP) !== 0,
    mtu: readU32(attributes.get(r.IFLA_MTU)) ?? 0,
    mac: mac?.byteLength === 6 ? macText(mac) : undefined,
    master: readU32(attributes.get(r.IFLA_MASTER)),
    peer: readU32(attributes.get(r.IFLA_LINK)),
  };
}

/** Undefined where there is none of that name. */
export function findLink(name: string): Link | undefined {
  using socket = openNetlink(NETLINK_ROUTE);
  return lookUpLink(socket, name);
}

/** The same, in the namespace of `socket`. */
export function lookUpLink(socket: NetlinkSocket, name: string): Link | undefined {
  try {
    const [answer] = socket.request([getLink(name)], [`looking for the link ${name}`]);
    return answer && parseLink(answer);
  } catch (error) {
    if (refusedWith(error, 'ENODEV')) return undefined;
    throw error;
  }
}

export function listLinks(): Link[] {
  using socket = openNetlink(NETLINK_ROUTE);
  return dumpLinks(socket);
}

export function dumpLinks(socket: NetlinkSocket): Link[] {
  return socket
    .dump(getLink(0), 'listing the links')
    .map(parseLink)
    .filter((link) => link !== undefined);
}

/** False where there was none of that name. The other end of a veth goes with it, and the ports of a bridge lose it. */
export function removeLink(name: string): boolean {
  using socket = openNetlink(NETLINK_ROUTE);
  try {
    socket.request([deleteLink(name)], [`removing the link ${name}`]);
    return true;
  } catch (error) {
    if (refusedWith(error, 'ENODEV')) return false;
    throw error;
  }
}

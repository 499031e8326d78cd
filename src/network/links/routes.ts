// The routes and addresses of this thread's network namespace, for whoever looks for a free subnet.
import { AF_INET, AF_INET6, AF_UNSPEC, SOL_NETLINK } from '../../kernel/constants.ts';
import { kernel } from '../../kernel/index.ts';
import { structure } from '../../kernel/memory.ts';
import { addressText } from '../address.ts';
import { parseAttributes, readU32 } from '../netlink/attributes.ts';
import { NETLINK_GET_STRICT_CHK, NETLINK_ROUTE } from '../netlink/constants.ts';
import { refusedWith } from '../netlink/error.ts';
import type { Message } from '../netlink/message.ts';
import { type NetlinkSocket, openNetlink } from '../netlink/socket.ts';
import * as r from './constants.ts';
import { dumpLinks } from './link.ts';

export interface Route {
  /** `172.17.0.0/16`; `0.0.0.0/0` and `::/0` are default routes. */
  readonly destination: string;
  /** The name of the link that it goes out of; undefined where that is none (a blackhole), or several. */
  readonly link: string | undefined;
}

export interface LinkAddress {
  /** With the length of the prefix: `172.17.0.1/16`. */
  readonly address: string;
  readonly link: string | undefined;
}

const routeHeadSize = 12;
const addressHeadSize = 8;

/** Reads a message of the type RTM_NEWROUTE; undefined for another, or for a route of another table than the main one. */
export function parseRoute({ type, payload }: Message): { destination: string; index: number | undefined } | undefined {
  if (type !== r.RTM_NEWROUTE || payload.byteLength < routeHeadSize) return undefined;
  const [family, prefix, , , table] = payload;
  const attributes = parseAttributes(payload.subarray(routeHeadSize));
  if ((readU32(attributes.get(r.RTA_TABLE)) ?? table) !== r.RT_TABLE_MAIN) return undefined;
  const size = sizeOf(family);
  const bytes = attributes.get(r.RTA_DST) ?? new Uint8Array(size ?? 0);
  if (size === undefined || bytes.byteLength !== size) return undefined;
  return { destination: `${addressText(bytes)}/${prefix}`, index: readU32(attributes.get(r.RTA_OIF)) };
}

/** Reads a message of the type RTM_NEWADDR; undefined for another. */
export function parseAddress({ type, payload }: Message): { address: string; index: number } | undefined {
  if (type !== r.RTM_NEWADDR || payload.byteLength < addressHeadSize) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const attributes = parseAttributes(payload.subarray(addressHeadSize));
  // of a point-to-point link IFA_ADDRESS is the other end's
  const bytes = attributes.get(r.IFA_LOCAL) ?? attributes.get(r.IFA_ADDRESS);
  if (bytes === undefined || bytes.byteLength !== sizeOf(payload[0])) return undefined;
  return { address: `${addressText(bytes)}/${payload[1]}`, index: view.getUint32(4, true) };
}

function sizeOf(family: number | undefined): number | undefined {
  if (family === AF_INET) return 4;
  return family === AF_INET6 ? 16 : undefined;
}

/** Of the main table, both families, default routes included. */
export function listRoutes(): Route[] {
  using socket = openNetlink(NETLINK_ROUTE);
  kernel.setsockopt(socket.descriptor, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1); // the kernel leaves other tables out itself
  const names = linkNames(socket);
  return [AF_INET, AF_INET6]
    .flatMap((family) => dumpRoutes(socket, family))
    .map(parseRoute)
    .filter((route) => route !== undefined)
    .map(({ destination, index }) => ({ destination, link: index === undefined ? undefined : names.get(index) }));
}

function dumpRoutes(socket: NetlinkSocket, family: number): readonly Message[] {
  const head = structure([1, family], [1, 0], [1, 0], [1, 0], [1, r.RT_TABLE_MAIN], [1, 0], [1, 0], [1, 0], [4, 0]);
  try {
    return socket.dump({ type: r.RTM_GETROUTE, flags: 0, payload: head }, 'listing the routes');
  } catch (error) {
    // a kernel without IPv6; a main table that nobody has made yet
    if (refusedWith(error, 'EOPNOTSUPP', 'EAFNOSUPPORT', 'ENOENT')) return [];
    throw error;
  }
}

export function listAddresses(): LinkAddress[] {
  using socket = openNetlink(NETLINK_ROUTE);
  const names = linkNames(socket);
  const head = structure([1, AF_UNSPEC], [1, 0], [1, 0], [1, 0], [4, 0]);
  return socket
    .dump({ type: r.RTM_GETADDR, flags: 0, payload: head }, 'listing the addresses')
    .map(parseAddress)
    .filter((address) => address !== undefined)
    .map(({ address, index }) => ({ address, link: names.get(index) }));
}

const linkNames = (socket: NetlinkSocket): Map<number, string> =>
  new Map(dumpLinks(socket).map(({ index, name }) => [index, name]));

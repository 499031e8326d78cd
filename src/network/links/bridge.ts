// A network's bridge: the switch between its containers, and with its addresses their way out. Made in this thread's network
// namespace when first needed, and there until the network is removed.
import { TsdockerError } from '../../error.ts';
import { AF_INET6 } from '../../kernel/constants.ts';
import { macBytes, macOf } from '../address.ts';
import { type Attribute, text, u32 } from '../netlink/attributes.ts';
import { NETLINK_ROUTE } from '../netlink/constants.ts';
import { refusedWith } from '../netlink/error.ts';
import { type NetlinkSocket, openNetlink } from '../netlink/socket.ts';
import * as r from './constants.ts';
import { setIpv6Setting } from './ipv6-setting.ts';
import { lookUpLink } from './link.ts';
import { interfaceAddress, newAddress, newLink, raiseLink, withoutLinkLocal } from './messages.ts';

export { findLink, type Link, listLinks, removeLink } from './link.ts';

export interface BridgeOptions {
  /** At most 15 bytes. */
  readonly name: string;
  /** Its own, with the length of the prefix: `172.17.0.1/16`. */
  readonly addresses: readonly string[];
  readonly mtu?: number;
}

/**
 * Makes the bridge, gives it its addresses and brings it up; what is done already stays, so it may be called at any time, and by
 * several at once. Throws `conflict`, with nothing touched, where a link of that name is no bridge; NetlinkError.
 */
export function makeBridge({ name, addresses, mtu }: BridgeOptions): void {
  const wanted = addresses.map(interfaceAddress);
  using socket = openNetlink(NETLINK_ROUTE);
  create(socket, name, addresses[0], mtu);
  const bridge = lookUpLink(socket, name);
  if (bridge === undefined) throw new TsdockerError('conflict', `the bridge ${name} was removed while it was made`);
  if (bridge.kind !== 'bridge') {
    throw new TsdockerError('conflict', `there is a link ${name} already, and it is not a bridge`, {
      hint: `see ip link show ${name}`,
    });
  }
  if (!bridge.up) {
    // A container must not become the host's IPv6 router by an advertisement (CVE-2020-13401).
    setIpv6Setting(name, 'accept_ra', 0);
    // Until its link-local address is known to be nobody else's, a second or two, the bridge asks for no neighbour's (ndisc_send_ns).
    setIpv6Setting(name, 'accept_dad', 0);
  }
  const hasIpv6 = wanted.some(({ family }) => family === AF_INET6);
  const changes: Attribute[] = [...(hasIpv6 ? [] : [withoutLinkLocal]), ...(mtu === undefined ? [] : [mtuOf(mtu)])];
  // Up comes last: a bridge that is up has its addresses, whoever was killed on the way.
  socket.request(
    [...wanted.map((address) => newAddress(bridge.index, address)), raiseLink(bridge.index, changes)],
    [
      ...addresses.map((address) => `giving the bridge ${name} the address ${address}`),
      `bringing the bridge ${name} up`,
    ],
  );
}

const mtuOf = (mtu: number): Attribute => [r.IFLA_MTU, u32(mtu)];

/** Unless it is there. The MAC is given: a bridge without one takes its ports' lowest, and so changes it with them. */
function create(socket: NetlinkSocket, name: string, address: string | undefined, mtu: number | undefined): void {
  const attributes: Attribute[] = [[r.IFLA_IFNAME, text(name)]];
  if (address !== undefined) attributes.push([r.IFLA_ADDRESS, macBytes(macOf(address.split('/')[0]!))]);
  if (mtu !== undefined) attributes.push(mtuOf(mtu));
  attributes.push([r.IFLA_LINKINFO, [[r.IFLA_INFO_KIND, text('bridge')]]]);
  try {
    socket.request([newLink(attributes)], [`making the bridge ${name}`]);
  } catch (error) {
    if (!refusedWith(error, 'EEXIST')) throw error;
  }
}

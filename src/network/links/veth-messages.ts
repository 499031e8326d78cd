// The messages that make a veth pair and set up the end in a container, as values.
import { macBytes } from '../address.ts';
import { type Attribute, encodeAttributes, text, u8, u32 } from '../netlink/attributes.ts';
import { type Message, payload } from '../netlink/message.ts';
import * as r from './constants.ts';
import {
  interfaceAddress,
  linkHead,
  loopbackUp,
  newAddress,
  newDefaultRoute,
  newLink,
  raiseLink,
  withoutLinkLocal,
} from './messages.ts';

export interface VethOptions {
  /** Of the end on the host; at most 15 bytes. */
  readonly hostName: string;
  readonly bridge: string;
  /** A descriptor of the container's network namespace; stays the caller's. */
  readonly namespace: number;
  /** Of the end in the container: `eth0`. */
  readonly name: string;
  readonly mac: string;
  /** With the length of the prefix: `172.17.0.2/16`. */
  readonly addresses: readonly string[];
  /** At most one a family; none for no default route. */
  readonly gateways: readonly string[];
  readonly mtu?: number;
}

/** One queue: a veth makes one for each processor otherwise, and a folder in /sys for each of them, to use one. */
const queues: readonly Attribute[] = [
  [r.IFLA_NUM_TX_QUEUES, u32(1)],
  [r.IFLA_NUM_RX_QUEUES, u32(1)],
];

/** Makes both ends at once, the container's where it belongs: it never is in the host's namespace. Both are down. */
export function pairMessage({ hostName, namespace, name, mac, mtu }: VethOptions, master: number): Message {
  const both: Attribute[] = [...(mtu === undefined ? [] : [[r.IFLA_MTU, u32(mtu)] as const]), ...queues];
  const inside: Attribute[] = [
    [r.IFLA_IFNAME, text(name)],
    [r.IFLA_ADDRESS, macBytes(mac)],
    [r.IFLA_NET_NS_FD, u32(namespace)],
    ...both,
  ];
  const peer = payload(linkHead(0), encodeAttributes(inside));
  return newLink([
    [r.IFLA_IFNAME, text(hostName)],
    [r.IFLA_MASTER, u32(master)],
    ...both,
    [
      r.IFLA_LINKINFO,
      [
        [r.IFLA_INFO_KIND, text('veth')],
        [r.IFLA_INFO_DATA, [[r.VETH_INFO_PEER, peer]]],
      ],
    ],
  ]);
}

/** Brings the bridge's port up. Hairpin mode: a container that asks for its own published port gets its packet back. */
export const portMessage = (index: number): Message =>
  raiseLink(index, [
    withoutLinkLocal,
    [
      r.IFLA_LINKINFO,
      [
        [r.IFLA_INFO_SLAVE_KIND, text('bridge')],
        [r.IFLA_INFO_SLAVE_DATA, [[r.IFLA_BRPORT_MODE, u8(1)]]],
      ],
    ],
  ]);

export const isIpv6 = (address: string): boolean => address.includes(':');

/** What sets the container's end up, whose index is `index`, and in words what each message does. */
export function insideMessages(
  { name, addresses, gateways }: VethOptions,
  index: number,
): { messages: Message[]; what: string[] } {
  const hasIpv6 = addresses.some(isIpv6);
  return {
    messages: [
      loopbackUp,
      raiseLink(index, hasIpv6 ? [] : [withoutLinkLocal]),
      ...addresses.map((address) => newAddress(index, interfaceAddress(address))),
      ...gateways.map((gateway) => newDefaultRoute(index, gateway)),
    ],
    what: [
      'bringing the loopback interface up',
      `bringing ${name} up`,
      ...addresses.map((address) => `giving ${name} the address ${address}`),
      ...gateways.map((gateway) => `adding a default route over ${gateway}`),
    ],
  };
}

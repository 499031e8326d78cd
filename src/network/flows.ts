// Flows that the kernel remembers (conntrack): it looks at the maps of published ports for the first packet only, and goes on as it
// began. With udp a client that never pauses would so be sent for ever to a container that is gone, or to nobody
// (linux/netfilter/nfnetlink_conntrack.h; net/netfilter/nf_conntrack_netlink.c).
import { readFileSync } from 'node:fs';
import { AF_INET, AF_INET6 } from '../kernel/constants.ts';
import { addressBytes, familyOf } from './address.ts';
import { type Attribute, be16, encodeAttributes, parseAttributes, readBe16, u32 } from './netlink/attributes.ts';
import { NETLINK_NETFILTER } from './netlink/constants.ts';
import { refusedWith } from './netlink/error.ts';
import { encodeMessages, type Message, payload } from './netlink/message.ts';
import { openNetlink } from './netlink/socket.ts';

const NFNL_SUBSYS_CTNETLINK = 1;
const IPCTNL_MSG_CT_GET = 1;
const IPCTNL_MSG_CT_DELETE = 2;
const CTA_TUPLE_ORIG = 1;
const CTA_TUPLE_REPLY = 2;
const CTA_FILTER = 25;
const CTA_FILTER_ORIG_FLAGS = 1;
const CTA_FILTER_REPLY_FLAGS = 2;
const bySourcePort = 1 << 4;
const byDestinationPort = 1 << 5;
/** Which parts of the tuple count: the protocol's number. */
const byProtocol = 1 << 3;
const CTA_TUPLE_IP = 1;
const CTA_TUPLE_PROTO = 2;
const CTA_PROTO_NUM = 1;
const CTA_PROTO_SRC_PORT = 2;
const CTA_PROTO_DST_PORT = 3;
const udp = 17;

/** One direction of a flow. Addresses in network order. */
export interface Tuple {
  readonly source: Uint8Array;
  readonly sourcePort: number;
  readonly destination: Uint8Array;
  readonly destinationPort: number;
}

/** Where a port of the host leads from now on. */
export interface Target {
  readonly hostAddress?: string;
  readonly hostPort: number;
  readonly address: string;
  readonly port: number;
}

/** Makes the kernel forget the udp flows to the ports of `targets` that lead elsewhere: their next packet is looked up anew. Throws NetlinkError. */
export function forgetOtherFlows(targets: readonly Target[]): void {
  if (targets.length === 0 || remembersNone()) return;
  const byPort = Map.groupBy(targets, ({ hostPort }) => hostPort);
  const families = new Set(targets.map(({ address }) => (familyOf(address) === 4 ? AF_INET : AF_INET6)));
  using socket = openNetlink(NETLINK_NETFILTER);
  const all = [...families].flatMap((family) => socket.dump(dumpOfUdp(family), 'listing flows'));
  for (const found of all) {
    const attributes = parseAttributes(found.payload.subarray(4));
    const bytes = attributes.get(CTA_TUPLE_ORIG);
    const [original, reply] = [readTuple(bytes), readTuple(attributes.get(CTA_TUPLE_REPLY))];
    if (bytes === undefined || original === undefined || reply === undefined) continue;
    const targetsOfPort = byPort.get(original.destinationPort) ?? [];
    if (!targetsOfPort.some((target) => leadsElsewhere(original, reply, target))) continue;
    try {
      const [family] = found.payload;
      socket.request([message(IPCTNL_MSG_CT_DELETE, family!, [[CTA_TUPLE_ORIG, bytes]])], ['forgetting a flow']);
    } catch (error) {
      if (!refusedWith(error, 'ENOENT')) throw error; // it has just ended
    }
  }
}

/** The dump walks a table that all network namespaces share, milliseconds long; so look first whether ours has any. */
function remembersNone(): boolean {
  try {
    return readFileSync('/proc/sys/net/netfilter/nf_conntrack_count', 'utf8').trim() === '0';
  } catch {
    return false;
  }
}

/** Whether a flow to the port of the host does not go to `target`. What only passes this host by, on its way to others, never does. */
export function leadsElsewhere(
  original: Tuple,
  reply: Tuple,
  { hostAddress, hostPort, address, port }: Target,
): boolean {
  const family = addressBytes(address);
  if (original.destinationPort !== hostPort || original.destination.byteLength !== family.byteLength) return false;
  const any = hostAddress === undefined || hostAddress === '0.0.0.0' || hostAddress === '::';
  if (!any && !same(original.destination, addressBytes(hostAddress))) return false;
  const untranslated = same(reply.source, original.destination) && reply.sourcePort === original.destinationPort;
  // Only what others own has its source translated and not its destination: a container that asks a server outside, say.
  if (untranslated) return same(reply.destination, original.source) && reply.destinationPort === original.sourcePort;
  return !(same(reply.source, family) && reply.sourcePort === port);
}

/**
 * A datagram that has the kernel forget the udp flows that came by a published port. To be sent when the container is over: its address
 * may be another's soon, and a client that goes on sending would be that one's. Ports only: comparing IPv6 addresses, the
 * kernel's filter means the opposite (ctnetlink_filter_match_tuple). Before Linux 6.10 the kernel refuses it, and the flow ends by itself.
 */
export function forgetFlowsBy({ hostPort, address, port }: Target): Uint8Array {
  const family = familyOf(address) === 4 ? AF_INET : AF_INET6;
  const flow = (type: number, number: number): Attribute => [
    CTA_TUPLE_PROTO,
    [
      [CTA_PROTO_NUM, Uint8Array.of(udp)],
      [type, be16(number)],
    ],
  ];
  const all = message(IPCTNL_MSG_CT_DELETE, family, [
    [CTA_TUPLE_ORIG, [flow(CTA_PROTO_DST_PORT, hostPort)]],
    [CTA_TUPLE_REPLY, [flow(CTA_PROTO_SRC_PORT, port)]],
    [
      CTA_FILTER,
      [
        [CTA_FILTER_ORIG_FLAGS, u32(byProtocol | byDestinationPort)],
        [CTA_FILTER_REPLY_FLAGS, u32(byProtocol | bySourcePort)],
      ],
    ],
  ]);
  return encodeMessages([all], 1, () => false);
}

const same = (one: Uint8Array, other: Uint8Array): boolean =>
  one.byteLength === other.byteLength && one.every((byte, index) => byte === other[index]);

const message = (type: number, family: number, attributes: readonly Attribute[]): Message => ({
  type: (NFNL_SUBSYS_CTNETLINK << 8) | type,
  flags: 0,
  payload: payload(Uint8Array.of(family, 0, 0, 0), encodeAttributes(attributes)),
});

/** Since Linux 5.8 the kernel chooses those of udp; before it lists all, and readTuple chooses. */
const dumpOfUdp = (family: number): Message =>
  message(IPCTNL_MSG_CT_GET, family, [
    [CTA_TUPLE_ORIG, [[CTA_TUPLE_PROTO, [[CTA_PROTO_NUM, Uint8Array.of(udp)]]]]],
    [CTA_FILTER, [[CTA_FILTER_ORIG_FLAGS, u32(byProtocol)]]],
  ]);

/** Undefined for what is not of udp. */
function readTuple(bytes: Uint8Array | undefined): Tuple | undefined {
  if (bytes === undefined) return undefined;
  const tuple = parseAttributes(bytes);
  const protocol = parseAttributes(tuple.get(CTA_TUPLE_PROTO) ?? new Uint8Array());
  // Of IPv4 1 and 2, of IPv6 3 and 4.
  const [source, destination] = [...parseAttributes(tuple.get(CTA_TUPLE_IP) ?? new Uint8Array())]
    .sort(([one], [other]) => one - other)
    .map(([, address]) => address);
  const [sourcePort, destinationPort] = [CTA_PROTO_SRC_PORT, CTA_PROTO_DST_PORT].map((type) =>
    readBe16(protocol.get(type)),
  );
  const isUdp = protocol.get(CTA_PROTO_NUM)?.[0] === udp;
  if (!isUdp || source === undefined || destination === undefined) return undefined;
  if (sourcePort === undefined || destinationPort === undefined) return undefined;
  return { source, sourcePort, destination, destinationPort };
}

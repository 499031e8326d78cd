// Names for containers: inside its network namespace what it asks 127.0.0.11, port 53, goes to the resolver's sockets on other ports of
// that address, so that a program of the container may still bind port 53 itself.
import { addressBytes } from '../address.ts';
import { be16 } from '../netlink/attributes.ts';
import type { Message } from '../netlink/message.ts';
import { NF_INET_LOCAL_OUT, NFPROTO_IPV4 } from './constants.ts';
import { dnatTo, equals, ipDaddr, l4proto, type Selector, thDport } from './expressions.ts';
import { deleteRules, newChain, newRule, newTable, type Table, transaction } from './messages.ts';
import { openNftables } from './table.ts';

const resolver = addressBytes('127.0.0.11');
const table: Table = { family: NFPROTO_IPV4, name: 'tsdocker' };
/** All packets of a table of this family are IPv4: asking for that once more confuses nft, which prints the rule. */
const daddr: Selector = { words: ipDaddr.words, load: ipDaddr.load };
const hook = { type: 'nat', hook: NF_INET_LOCAL_OUT, priority: -100 } as const;

export interface ResolverPorts {
  readonly udp: number;
  readonly tcp: number;
}

/** In the place of those of before. @param namespace A descriptor of the container's network namespace. Throws NetlinkError. */
export function redirectNames(namespace: number, ports: ResolverPorts): void {
  using socket = openNftables(namespace);
  const messages = transaction(compileRedirect(ports));
  socket.request(messages, new Array<string>(messages.length).fill('redirecting names to the resolver'));
}

/** The answers find their way back by themselves: the kernel translates them as it translated the question. */
export function compileRedirect({ udp, tcp }: ResolverPorts): Message[] {
  const redirect = (protocol: number, port: number): Message =>
    newRule(table, 'output', [
      ...equals(daddr, resolver),
      ...equals(l4proto, Uint8Array.of(protocol)),
      ...equals(thDport, be16(53)),
      ...dnatTo('ip', resolver, be16(port)),
    ]);
  return [
    newTable(table, 'questions for names'),
    newChain(table, 'output', hook),
    deleteRules(table, 'output'), // of sockets that are closed by now
    redirect(17, udp),
    redirect(6, tcp),
  ];
}

// Makes room for our bridges among the rules of others, where there is an agreed way: in the FORWARD chain that iptables-nft (and with
// it docker and ufw) keeps, exactly as `iptables -I FORWARD -i tsd+ -m comment --comment tsdocker -j ACCEPT` would. Isolation is
// not at stake: what our own table drops stays dropped. Elsewhere the administrator is told the line.

import { refusedWith } from '../netlink/error.ts';
import type { Message } from '../netlink/message.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { NFPROTO_IPV4, NFPROTO_IPV6 } from '../nftables/constants.ts';
import { accept, counter, equals, iifname, interfacePrefix, oifname } from '../nftables/expressions.ts';
import { deleteRules, newRule, type Table } from '../nftables/messages.ts';
import { type FoundRule, listChains, listRules } from '../nftables/read.ts';
import { change, openNftables, table as own } from '../nftables/table.ts';
import { legacyAdvice } from './legacy.ts';
import * as o from './obstacles.ts';

export type { Advice } from './obstacles.ts';

/** How many rules make room: for what comes from a bridge, and for what goes to one. */
const ours = 2;

/**
 * Looks for what would drop packets of containers, in this network namespace, makes room where that is ours to do, and returns what
 * only the administrator can. Where there is room already it changes nothing. Throws NetlinkError.
 */
export function makeRoom(): o.Advice[] {
  using socket = openNftables();
  const chains = listChains(socket);
  const advice: o.Advice[] = [];
  for (const chain of o.onTheirWay(chains, own)) {
    if (!o.dropsTheRest(chain, chain.uses === 0 ? [] : listRules(socket, chain.table, chain.name))) continue;
    if (o.isIptables(chain)) insertRules(socket, chain.table, o.placeFor(chain, chains));
    else if (!o.speaksOfOurs(listRules(socket, chain.table))) advice.push(o.adviseOn(chain));
  }
  return [...advice, ...legacyAdvice()];
}

function insertRules(socket: NetlinkSocket, table: Table, chain: string): void {
  const there = listRules(socket, table, chain).filter(o.isOurs);
  if (there.length === ours) return;
  const bridges = interfacePrefix(o.prefix);
  const insert = (side: typeof iifname): Message =>
    newRule(table, chain, [...equals(side, bridges), ...counter, ...accept], 'beginning', o.mark);
  change(
    [...removal(table, chain, there), insert(oifname), insert(iifname)],
    `making room in chain ${chain} of iptables`,
    socket,
  );
}

const removal = (table: Table, chain: string, rules: readonly FoundRule[]): Message[] =>
  rules.map(({ handle }) => deleteRules(table, chain, handle));

/** Our rules among those of others go. Nothing where there are none. Throws NetlinkError. */
export function takeRoomAway(): void {
  using socket = openNftables();
  for (const family of [NFPROTO_IPV4, NFPROTO_IPV6]) {
    const table = { family, name: 'filter' };
    const changes = ['FORWARD', 'DOCKER-USER'].flatMap((chain) =>
      removal(table, chain, rulesOf(socket, table, chain).filter(o.isOurs)),
    );
    change(changes, 'taking our rules out of iptables', socket);
  }
}

function rulesOf(socket: NetlinkSocket, table: Table, chain: string): FoundRule[] {
  try {
    return listRules(socket, table, chain);
  } catch (error) {
    if (refusedWith(error, 'ENOENT')) return [];
    throw error;
  }
}

// Firewalls of others in the way of containers. On one hook each chain is asked, and a packet goes on only where none drops it: an accept
// in our table does not help against a policy of drop in theirs (nft(8), "VERDICT STATEMENT"). Pure: chains and rules come as values.
import { NF_DROP, NF_INET_FORWARD, NFPROTO_INET, NFPROTO_IPV4, NFPROTO_IPV6 } from '../nftables/constants.ts';
import type { Table } from '../nftables/messages.ts';
import { type FoundChain, type FoundRule, verdictOf } from '../nftables/read.ts';

/** All of our bridges' names begin so. */
export const prefix = 'tsd';

/** How our rules among iptables' are known, to us and to who reads `iptables -S`. */
export const mark = 'tsdocker';

export interface Advice {
  readonly firewall: string;
  /** What is wrong and the exact command that the administrator can give, in one line. */
  readonly line: string;
}

const families: Readonly<Record<number, string>> = {
  [NFPROTO_INET]: 'inet',
  [NFPROTO_IPV4]: 'ip',
  [NFPROTO_IPV6]: 'ip6',
};

/** Chains of others that packets to and from containers go through. */
export const onTheirWay = (chains: readonly FoundChain[], own: Table): FoundChain[] =>
  chains.filter(
    ({ table, hook, type }) =>
      hook === NF_INET_FORWARD && type === 'filter' && table.family in families && !isSame(table, own),
  );

const isSame = (one: Table, other: Table): boolean => one.family === other.family && one.name === other.name;

/** The chain of iptables-nft, for which iptables leaves no doubt how a rule has to look. */
export const isIptables = ({ table: { family, name }, name: chain }: FoundChain): boolean =>
  family !== NFPROTO_INET && name === 'filter' && chain === 'FORWARD';

/** Whether what matches none of the rules is dropped: by the policy, or by a last rule that takes everything. */
export function dropsTheRest({ policy }: FoundChain, rules: readonly FoundRule[]): boolean {
  if (policy === 'drop') return true;
  const [only, ...more] = (rules.at(-1)?.expressions ?? []).filter(({ name }) => name !== 'counter');
  if (only === undefined || more.length > 0) return false;
  return only.name === 'reject' || verdictOf(only) === NF_DROP || (only.name === 'target' && has(only.data, 'REJECT'));
}

/** Also where `iptables-restore` has made a match of the comment. */
export const isOurs = ({ comment, expressions }: FoundRule): boolean =>
  comment === mark || expressions.some(({ name, data }) => name === 'match' && has(data, `${mark}\0`));

/** Whether the administrator has made room already: some rule speaks of interfaces whose names begin like ours. */
export const speaksOfOurs = (rules: readonly FoundRule[]): boolean =>
  rules.some(({ expressions }) => expressions.some(({ name, data }) => name === 'cmp' && has(data, prefix)));

const has = (bytes: Uint8Array, words: string): boolean =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(words);

/** Where DOCKER-USER is, rules that are to come before docker's own belong there: docker never changes it. */
export const placeFor = (chain: FoundChain, chains: readonly FoundChain[]): string =>
  chains.some(({ table, name }) => name === 'DOCKER-USER' && isSame(table, chain.table)) ? 'DOCKER-USER' : chain.name;

/** What to say of a firewall that we do not change. */
export function adviseOn({ table: { family, name }, name: chain }: FoundChain): Advice {
  if (name === 'firewalld') {
    return {
      firewall: 'firewalld',
      line: `firewalld drops what containers send: firewall-cmd --permanent --zone=trusted --add-interface=${prefix}+ && firewall-cmd --reload`,
    };
  }
  const place = `${families[family]} ${name} ${chain}`;
  const insert = (side: string): string => `insert rule ${place} ${side} "${prefix}*" accept`;
  return {
    firewall: `nftables table ${families[family]} ${name}`,
    line: `the nftables chain ${place} drops what containers send: nft '${insert('iifname')}; ${insert('oifname')}'`,
  };
}

/** @param command `iptables` or `ip6tables`. */
export const adviseOnLegacy = (command: 'iptables' | 'ip6tables'): Advice => ({
  firewall: `${command}-legacy`,
  line: `the chain FORWARD of ${command}-legacy drops what containers send: ${command}-legacy -I FORWARD -i ${prefix}+ -j ACCEPT; ${command}-legacy -I FORWARD -o ${prefix}+ -j ACCEPT`,
});

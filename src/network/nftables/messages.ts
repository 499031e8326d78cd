// The messages of nf_tables: what makes and unmakes tables, chains, rules, sets and their elements, and asks for them
// (linux/netfilter/nf_tables.h; net/netfilter/nf_tables_api.c). Changes stand between the begin and the end of a transaction.
import { type Attribute, be16, be32, be64, encodeAttributes, readText, text } from '../netlink/attributes.ts';
import { NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END, NLM_F_APPEND, NLM_F_CREATE } from '../netlink/constants.ts';
import { type Message, payload } from '../netlink/message.ts';
import * as k from './constants.ts';
import type { Expression } from './expressions.ts';

/** Where an object lives. */
export interface Table {
  /** NFPROTO_ */
  readonly family: number;
  readonly name: string;
}

/** struct nfgenmsg */
const head = (family: number, resource = 0): Uint8Array => Uint8Array.of(family, 0, ...be16(resource));

export const message = (type: number, flags: number, family: number, attributes: readonly Attribute[]): Message => ({
  type: (k.NFNL_SUBSYS_NFTABLES << 8) | type,
  flags,
  payload: payload(head(family), encodeAttributes(attributes)),
});

/** `changes` as one that is made wholly or not at all. */
export function transaction(changes: readonly Message[]): Message[] {
  const edge = (type: number): Message => ({
    type,
    flags: 0,
    payload: head(k.NFPROTO_UNSPEC, k.NFNL_SUBSYS_NFTABLES),
  });
  return [edge(NFNL_MSG_BATCH_BEGIN), ...changes, edge(NFNL_MSG_BATCH_END)];
}

/** User data as nft and iptables write and show it: fields, one of which is the comment (libnftnl, udata.h). */
export function comment(words: string, field = 0): Uint8Array {
  const bytes = text(words);
  return Uint8Array.of(field, bytes.byteLength, ...bytes);
}

/** The comment in user data of tables, chains and rules. */
export function commentIn(userdata: Uint8Array | undefined): string | undefined {
  for (let at = 0; userdata !== undefined && at + 2 <= userdata.byteLength; at += 2 + userdata[at + 1]!) {
    if (userdata[at] === 0) return readText(userdata.subarray(at + 2, at + 2 + userdata[at + 1]!));
  }
  return undefined;
}

/** Leaves one that is there as it is; with NLM_F_EXCL fails with EEXIST. */
export const newTable = ({ family, name }: Table, words: string, flags = 0): Message =>
  message(k.NFT_MSG_NEWTABLE, NLM_F_CREATE | flags, family, [
    [k.NFTA_TABLE_NAME, text(name)],
    [k.NFTA_TABLE_USERDATA, comment(words)],
  ]);

export const deleteTable = ({ family, name }: Table): Message =>
  message(k.NFT_MSG_DELTABLE, 0, family, [[k.NFTA_TABLE_NAME, text(name)]]);

/** Where the kernel enters a chain: without it a chain is only jumped to. */
export interface Hook {
  readonly type: 'nat' | 'filter';
  /** NF_INET_ */
  readonly hook: number;
  readonly priority: number;
}

/** Leaves one that is there as it is. */
export function newChain({ family, name }: Table, chain: string, hook?: Hook, words?: string): Message {
  const attributes: Attribute[] = [
    [k.NFTA_CHAIN_TABLE, text(name)],
    [k.NFTA_CHAIN_NAME, text(chain)],
  ];
  if (hook !== undefined) {
    attributes.push(
      [
        k.NFTA_CHAIN_HOOK,
        [
          [k.NFTA_HOOK_HOOKNUM, be32(hook.hook)],
          [k.NFTA_HOOK_PRIORITY, be32(hook.priority)],
        ],
      ],
      [k.NFTA_CHAIN_POLICY, be32(k.NF_ACCEPT)],
      [k.NFTA_CHAIN_TYPE, text(hook.type)],
    );
  }
  if (words !== undefined) attributes.push([k.NFTA_CHAIN_USERDATA, comment(words)]);
  return message(k.NFT_MSG_NEWCHAIN, NLM_F_CREATE, family, attributes);
}

export const deleteChain = ({ family, name }: Table, chain: string): Message =>
  message(k.NFT_MSG_DELCHAIN, 0, family, [
    [k.NFTA_CHAIN_TABLE, text(name)],
    [k.NFTA_CHAIN_NAME, text(chain)],
  ]);

/** @param where At the chain's end, or before its first rule. */
export const newRule = (
  { family, name }: Table,
  chain: string,
  expressions: readonly Expression[],
  where: 'end' | 'beginning' = 'end',
  words?: string,
): Message =>
  message(k.NFT_MSG_NEWRULE, NLM_F_CREATE | (where === 'end' ? NLM_F_APPEND : 0), family, [
    [k.NFTA_RULE_TABLE, text(name)],
    [k.NFTA_RULE_CHAIN, text(chain)],
    [k.NFTA_RULE_EXPRESSIONS, expressions],
    ...(words === undefined ? [] : [[k.NFTA_RULE_USERDATA, comment(words)] as const]),
  ]);

/** @param handle Without it, all rules of the chain. */
export const deleteRules = ({ family, name }: Table, chain: string, handle?: bigint): Message =>
  message(k.NFT_MSG_DELRULE, 0, family, [
    [k.NFTA_RULE_TABLE, text(name)],
    [k.NFTA_RULE_CHAIN, text(chain)],
    ...(handle === undefined ? [] : [[k.NFTA_RULE_HANDLE, be64(handle)] as const]),
  ]);

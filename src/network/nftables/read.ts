// What nf_tables answers: chains and rules, of ours and of others, and the keys of a set.
import { eachAttribute, parseAttributes, readBe32, readBe64, readText, text } from '../netlink/attributes.ts';
import { refusedWith } from '../netlink/error.ts';
import type { Message } from '../netlink/message.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import * as k from './constants.ts';
import { commentIn, message, type Table } from './messages.ts';

export interface FoundChain {
  readonly table: Table;
  readonly name: string;
  /** Where the kernel enters it: NF_INET_; undefined for one that is only jumped to. */
  readonly hook?: number | undefined;
  /** nat, filter or route. */
  readonly type?: string | undefined;
  readonly policy: 'accept' | 'drop';
  /** How many rules it has and how many jump to it. */
  readonly uses: number;
  readonly comment?: string | undefined;
}

/** struct nfgenmsg stands before the attributes. */
const headSize = 4;
const attributesOf = ({ payload }: Message): Map<number, Uint8Array> => parseAttributes(payload.subarray(headSize));

function parseChain(found: Message): FoundChain {
  const attributes = attributesOf(found);
  const hook = attributes.get(k.NFTA_CHAIN_HOOK);
  return {
    table: { family: found.payload[0]!, name: readText(attributes.get(k.NFTA_CHAIN_TABLE)) ?? '' },
    name: readText(attributes.get(k.NFTA_CHAIN_NAME)) ?? '',
    hook: hook === undefined ? undefined : readBe32(parseAttributes(hook).get(k.NFTA_HOOK_HOOKNUM)),
    type: readText(attributes.get(k.NFTA_CHAIN_TYPE)),
    policy: readBe32(attributes.get(k.NFTA_CHAIN_POLICY)) === k.NF_DROP ? 'drop' : 'accept',
    uses: readBe32(attributes.get(k.NFTA_CHAIN_USE)) ?? 0,
    comment: commentIn(attributes.get(k.NFTA_CHAIN_USERDATA)),
  };
}

/** Undefined where there is no such chain or table. */
export function findChain(socket: NetlinkSocket, { family, name }: Table, chain: string): FoundChain | undefined {
  try {
    const [found] = socket.request(
      [
        message(k.NFT_MSG_GETCHAIN, 0, family, [
          [k.NFTA_CHAIN_TABLE, text(name)],
          [k.NFTA_CHAIN_NAME, text(chain)],
        ]),
      ],
      [`looking for chain ${chain}`],
    );
    return found === undefined ? undefined : parseChain(found);
  } catch (error) {
    if (refusedWith(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** All chains of all tables and families in the network namespace. */
export const listChains = (socket: NetlinkSocket): FoundChain[] =>
  socket.dump(message(k.NFT_MSG_GETCHAIN, 0, k.NFPROTO_UNSPEC, []), 'listing chains').map(parseChain);

export interface FoundRule {
  readonly handle: bigint;
  readonly comment?: string | undefined;
  readonly expressions: readonly FoundExpression[];
}

export interface FoundExpression {
  readonly name: string;
  /** Its encoded attributes. */
  readonly data: Uint8Array;
}

function parseRule(found: Message): FoundRule {
  const attributes = attributesOf(found);
  const list = attributes.get(k.NFTA_RULE_EXPRESSIONS) ?? new Uint8Array();
  return {
    handle: readBe64(attributes.get(k.NFTA_RULE_HANDLE)) ?? 0n,
    comment: commentIn(attributes.get(k.NFTA_RULE_USERDATA)),
    expressions: [...eachAttribute(list)].map(([, bytes]) => {
      const expression = parseAttributes(bytes);
      const name = readText(expression.get(k.NFTA_EXPR_NAME)) ?? '';
      return { name, data: expression.get(k.NFTA_EXPR_DATA) ?? new Uint8Array() };
    }),
  };
}

/** NF_ACCEPT, NF_DROP or an NFT_ verdict, where the expression ends in one. */
export function verdictOf({ name, data }: FoundExpression): number | undefined {
  if (name !== 'immediate') return undefined;
  const value = parseAttributes(parseAttributes(data).get(k.NFTA_IMMEDIATE_DATA) ?? new Uint8Array());
  const verdict = value.get(k.NFTA_DATA_VERDICT);
  return verdict === undefined ? undefined : readBe32(parseAttributes(verdict).get(k.NFTA_VERDICT_CODE));
}

/** The rules of a table, or of one chain of it, in order. */
export function listRules(socket: NetlinkSocket, { family, name }: Table, chain?: string): FoundRule[] {
  const request = message(k.NFT_MSG_GETRULE, 0, family, [
    [k.NFTA_RULE_TABLE, text(name)],
    ...(chain === undefined ? [] : [[k.NFTA_RULE_CHAIN, text(chain)] as const]),
  ]);
  return socket.dump(request, `listing rules of table ${name}`).map(parseRule);
}

/** The keys of a set's elements. Throws NetlinkError with ENOENT where there is no such set. */
export function listKeys(socket: NetlinkSocket, { family, name }: Table, set: string): Uint8Array[] {
  const request = message(k.NFT_MSG_GETSETELEM, 0, family, [
    [k.NFTA_SET_ELEM_LIST_TABLE, text(name)],
    [k.NFTA_SET_ELEM_LIST_SET, text(set)],
  ]);
  return socket.dump(request, `listing set ${set}`).flatMap((found) => {
    const list = attributesOf(found).get(k.NFTA_SET_ELEM_LIST_ELEMENTS) ?? new Uint8Array();
    return [...eachAttribute(list)].flatMap(([, element]) => {
      const key = parseAttributes(element).get(k.NFTA_SET_ELEM_KEY);
      return parseAttributes(key ?? new Uint8Array()).get(k.NFTA_DATA_VALUE) ?? [];
    });
  });
}

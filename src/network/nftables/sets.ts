// Sets and maps: what they are keyed by, and their elements (nft(8), "SETS", "MAPS", "CONCATENATIONS"). Without a size and without
// intervals the kernel makes hashes of them that grow (nft_set_hash.c): an element costs the same among 10 as among 10,000.
import { type Attribute, be32, text } from '../netlink/attributes.ts';
import { NLM_F_CREATE } from '../netlink/constants.ts';
import type { Message } from '../netlink/message.ts';
import * as k from './constants.ts';
import { comment, message, type Table } from './messages.ts';

/** The numbers that nft has for types, by which it shows the elements (nft's datatype.h), and the sizes in bytes. */
const types = {
  ifname: [41, 16],
  ipv4_addr: [7, 4],
  ipv6_addr: [8, 16],
  inet_proto: [12, 1],
  inet_service: [13, 2],
} as const;

export type DataType = keyof typeof types;

export interface SetDefinition {
  readonly name: string;
  readonly key: readonly DataType[];
  /** What a map has for a key. */
  readonly value?: readonly DataType[];
  /** What it is for, in a few words: nft shows them. */
  readonly words: string;
}

/** Fields of user data, by which nft shows a set (libnftnl, udata.h): NFTNL_UDATA_SET_COMMENT and NFTNL_UDATA_SET_KEYBYTEORDER. */
const commentField = 7;
/** Names are text, not numbers in the order of the network. */
const hostByteOrder = Uint8Array.of(0, 4, 1, 0, 0, 0);
const inWords = (bytes: number): number => (bytes + 3) & ~3;
/** Of a concatenation six bits a type. */
const typeOf = (list: readonly DataType[]): number => list.reduce((number, type) => (number << 6) | types[type][0], 0);
/** Each part of a concatenation fills whole registers. */
const lengthOf = (list: readonly DataType[]): number =>
  list.length === 1 ? types[list[0]!][1] : list.reduce((sum, type) => sum + inWords(types[type][1]), 0);

/**
 * Leaves one that is there as it is, with its elements.
 * @param id Another for each set of a transaction.
 */
export function newSet({ family, name }: Table, { name: set, key, value, words }: SetDefinition, id: number): Message {
  const attributes: Attribute[] = [
    [k.NFTA_SET_TABLE, text(name)],
    [k.NFTA_SET_NAME, text(set)],
    [k.NFTA_SET_FLAGS, be32(value === undefined ? 0 : k.NFT_SET_MAP)],
    [k.NFTA_SET_KEY_TYPE, be32(typeOf(key))],
    [k.NFTA_SET_KEY_LEN, be32(lengthOf(key))],
    [k.NFTA_SET_ID, be32(id)],
    [
      k.NFTA_SET_USERDATA,
      Uint8Array.of(...(key[0] === 'ifname' ? hostByteOrder : []), ...comment(words, commentField)),
    ],
  ];
  if (value !== undefined) {
    attributes.push([k.NFTA_SET_DATA_TYPE, be32(typeOf(value))], [k.NFTA_SET_DATA_LEN, be32(lengthOf(value))]);
  }
  return message(k.NFT_MSG_NEWSET, NLM_F_CREATE, family, attributes);
}

/** The parts of a concatenation, each filled up to whole registers. */
export function concatenation(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + inWords(part.byteLength), 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += inWords(part.byteLength);
  }
  return bytes;
}

export interface Element {
  readonly set: string;
  readonly key: Uint8Array;
  /** Of a map. Not needed to delete. */
  readonly value?: Uint8Array;
}

/**
 * How many elements go in a message: a list of attributes has at most 64 KiB, and an element at most 64 bytes (IPv6 addresses on
 * both sides).
 */
const mostElements = 900;

/** Messages of `type` for all `elements`, which may be of several sets. */
function messagesOf(type: number, flags: number, { family, name }: Table, elements: readonly Element[]): Message[] {
  const bySet = new Map<string, Attribute[]>();
  const isNew = type === k.NFT_MSG_NEWSETELEM;
  for (const { set, key, value } of elements) {
    const attributes: Attribute[] = [[k.NFTA_SET_ELEM_KEY, [[k.NFTA_DATA_VALUE, key]]]];
    if (value !== undefined && isNew) attributes.push([k.NFTA_SET_ELEM_DATA, [[k.NFTA_DATA_VALUE, value]]]);
    const list = bySet.get(set);
    if (list === undefined) bySet.set(set, [[k.NFTA_LIST_ELEM, attributes]]);
    else list.push([k.NFTA_LIST_ELEM, attributes]);
  }
  const messages: Message[] = [];
  for (const [set, list] of bySet) {
    for (let at = 0; at < list.length; at += mostElements) {
      messages.push(
        message(type, flags, family, [
          [k.NFTA_SET_ELEM_LIST_TABLE, text(name)],
          [k.NFTA_SET_ELEM_LIST_SET, text(set)],
          [k.NFTA_SET_ELEM_LIST_ELEMENTS, list.slice(at, at + mostElements)],
        ]),
      );
    }
  }
  return messages;
}

/** What is there already with the same value is fine; with another value the transaction fails with EEXIST or EBUSY. */
export const addElements = (table: Table, elements: readonly Element[]): Message[] =>
  messagesOf(k.NFT_MSG_NEWSETELEM, NLM_F_CREATE, table, elements);

/**
 * Deletes what is there of `elements`, without failing for what is not.
 * @param canDestroy What canDestroyElements says of the kernel that will get this. Older ones add each element first, which does
 * nothing where it is there, and fails where a map has another value.
 */
export function deleteElements(table: Table, elements: readonly Element[], canDestroy: boolean): Message[] {
  if (canDestroy) return messagesOf(k.NFT_MSG_DESTROYSETELEM, 0, table, elements);
  return [...addElements(table, elements), ...messagesOf(k.NFT_MSG_DELSETELEM, 0, table, elements)];
}

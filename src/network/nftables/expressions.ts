// Expressions: the little instructions of which nf_tables makes rules (nft(8); linux/netfilter/nf_tables.h, `nft --debug=netlink`).
// A rule loads what it looks at into registers of 4 bytes, compares or looks it up, and ends in a verdict or a translation.
import { type Attribute, be32, text, u32 } from '../netlink/attributes.ts';
import * as k from './constants.ts';

/** An element of a rule's list of expressions. */
export type Expression = Attribute;

const expression = (name: string, data: readonly Attribute[]): Expression => [
  k.NFTA_LIST_ELEM,
  [
    [k.NFTA_EXPR_NAME, text(name)],
    [k.NFTA_EXPR_DATA, data],
  ],
];

/** @param word Of 16. */
const register = (word: number): Uint8Array => be32(k.NFT_REG32_00 + word);
const value = (bytes: Uint8Array): Attribute[] => [[k.NFTA_DATA_VALUE, bytes]];

/** Something of a packet that can be loaded into registers. */
export interface Selector {
  /** How many registers it fills. */
  readonly words: number;
  /** @param word The first register to fill. */
  readonly load: (word: number) => Expression;
  /** The protocol that a packet must be of, before the selector means anything. */
  readonly of?: 'ip' | 'ip6';
}

const meta = (key: number, words: number): Selector => ({
  words,
  load: (word) =>
    expression('meta', [
      [k.NFTA_META_KEY, be32(key)],
      [k.NFTA_META_DREG, register(word)],
    ]),
});

const payload = (base: number, offset: number, length: number): Omit<Selector, 'of'> => ({
  words: Math.ceil(length / 4),
  load: (word) =>
    expression('payload', [
      [k.NFTA_PAYLOAD_DREG, register(word)],
      [k.NFTA_PAYLOAD_BASE, be32(base)],
      [k.NFTA_PAYLOAD_OFFSET, be32(offset)],
      [k.NFTA_PAYLOAD_LEN, be32(length)],
    ]),
});

const ct = (key: number): Selector => ({
  words: 1,
  load: (word) =>
    expression('ct', [
      [k.NFTA_CT_KEY, be32(key)],
      [k.NFTA_CT_DREG, register(word)],
    ]),
});

export const iifname = meta(k.NFT_META_IIFNAME, 4);
export const oifname = meta(k.NFT_META_OIFNAME, 4);
export const nfproto = meta(k.NFT_META_NFPROTO, 1);
export const l4proto = meta(k.NFT_META_L4PROTO, 1);
export const ctState = ct(k.NFT_CT_STATE);
export const ctStatus = ct(k.NFT_CT_STATUS);
/** Of tcp, udp and others that begin with two ports. */
export const thDport: Selector = payload(k.NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2);
export const ipDaddr: Selector = { of: 'ip', ...payload(k.NFT_PAYLOAD_NETWORK_HEADER, 16, 4) };
/** The first byte, which is all that 127.0.0.0/8 asks for. */
export const ipDaddrBy8: Selector = { of: 'ip', ...payload(k.NFT_PAYLOAD_NETWORK_HEADER, 16, 1) };
export const ip6Saddr: Selector = { of: 'ip6', ...payload(k.NFT_PAYLOAD_NETWORK_HEADER, 8, 16) };
export const ip6Daddr: Selector = { of: 'ip6', ...payload(k.NFT_PAYLOAD_NETWORK_HEADER, 24, 16) };

const fibType = (address: number): Selector => ({
  words: 1,
  load: (word) =>
    expression('fib', [
      [k.NFTA_FIB_DREG, register(word)],
      [k.NFTA_FIB_RESULT, be32(k.NFT_FIB_RESULT_ADDRTYPE)],
      [k.NFTA_FIB_FLAGS, be32(address)],
    ]),
});

/** What kind of address the host's routes say the destination is: a number of the host's byte order. */
export const fibDaddrType = fibType(k.NFTA_FIB_F_DADDR);
export const fibSaddrType = fibType(k.NFTA_FIB_F_SADDR);

const compare = (operator: number, bytes: Uint8Array): Expression =>
  expression('cmp', [
    [k.NFTA_CMP_SREG, register(0)],
    [k.NFTA_CMP_OP, be32(operator)],
    [k.NFTA_CMP_DATA, value(bytes)],
  ]);

const mask = (bytes: Uint8Array): Expression =>
  expression('bitwise', [
    [k.NFTA_BITWISE_SREG, register(0)],
    [k.NFTA_BITWISE_DREG, register(0)],
    [k.NFTA_BITWISE_LEN, be32(bytes.byteLength)],
    [k.NFTA_BITWISE_MASK, value(bytes)],
    [k.NFTA_BITWISE_XOR, value(new Uint8Array(bytes.byteLength))],
  ]);

/** The family that `selectors` need, and then they, side by side from the first register on. */
function load(...selectors: readonly Selector[]): Expression[] {
  const family = selectors.find(({ of }) => of !== undefined)?.of;
  const loads: Expression[] = [];
  if (family !== undefined) {
    const number = family === 'ip' ? k.NFPROTO_IPV4 : k.NFPROTO_IPV6;
    loads.push(nfproto.load(0), compare(k.NFT_CMP_EQ, Uint8Array.of(number)));
  }
  let word = 0;
  for (const selector of selectors) {
    loads.push(selector.load(word));
    word += selector.words;
  }
  return loads;
}

export const equals = (selector: Selector, bytes: Uint8Array): Expression[] => [
  ...load(selector),
  compare(k.NFT_CMP_EQ, bytes),
];
export const differs = (selector: Selector, bytes: Uint8Array): Expression[] => [
  ...load(selector),
  compare(k.NFT_CMP_NEQ, bytes),
];

/** Whether the bits under `bits` are those of `bytes`: an address in a subnet. */
export const within = (selector: Selector, bits: Uint8Array, bytes: Uint8Array): Expression[] => [
  ...load(selector),
  mask(bits),
  compare(k.NFT_CMP_EQ, bytes),
];

/** Any of the bits, of a number in the host's byte order. */
export const hasAny = (selector: Selector, bits: number): Expression[] => [
  ...load(selector),
  mask(u32(bits)),
  compare(k.NFT_CMP_NEQ, u32(0)),
];
export const hasNone = (selector: Selector, bits: number): Expression[] => [
  ...load(selector),
  mask(u32(bits)),
  compare(k.NFT_CMP_EQ, u32(0)),
];

const lookup = (set: string, ...more: readonly Attribute[]): Expression =>
  expression('lookup', [[k.NFTA_LOOKUP_SET, text(set)], [k.NFTA_LOOKUP_SREG, register(0)], ...more]);

export const isIn = (set: string, ...selectors: readonly Selector[]): Expression[] => [
  ...load(...selectors),
  lookup(set),
];
export const isNotIn = (set: string, ...selectors: readonly Selector[]): Expression[] => [
  ...load(...selectors),
  lookup(set, [k.NFTA_LOOKUP_FLAGS, be32(k.NFT_LOOKUP_F_INV)]),
];

const verdict = (code: number, chain?: string): Expression =>
  expression('immediate', [
    [k.NFTA_IMMEDIATE_DREG, be32(k.NFT_REG_VERDICT)],
    [
      k.NFTA_IMMEDIATE_DATA,
      [
        [
          k.NFTA_DATA_VERDICT,
          [
            [k.NFTA_VERDICT_CODE, be32(code)],
            ...(chain === undefined ? [] : [[k.NFTA_VERDICT_CHAIN, text(chain)] as const]),
          ],
        ],
      ],
    ],
  ]);

export const accept: Expression[] = [verdict(k.NF_ACCEPT)];
export const drop: Expression[] = [verdict(k.NF_DROP)];
export const goBack: Expression[] = [verdict(k.NFT_RETURN)];
export const jump = (chain: string): Expression[] => [verdict(k.NFT_JUMP, chain)];
export const goto = (chain: string): Expression[] => [verdict(k.NFT_GOTO, chain)];
export const counter: Expression[] = [expression('counter', [])];
export const masquerade: Expression[] = [expression('masq', [])];

const dnat = (family: number, addressWords: number): Expression =>
  expression('nat', [
    [k.NFTA_NAT_TYPE, be32(k.NFT_NAT_DNAT)],
    [k.NFTA_NAT_FAMILY, be32(family)],
    [k.NFTA_NAT_REG_ADDR_MIN, register(0)],
    [k.NFTA_NAT_REG_PROTO_MIN, register(addressWords)],
  ]);

const familyNumber = { ip: k.NFPROTO_IPV4, ip6: k.NFPROTO_IPV6 } as const;
const addressWords = { ip: 1, ip6: 4 } as const;

/** The packet goes to the address and port that the map has for what `selectors` say; the rule is over where it has none. */
export function dnatBy(map: string, family: 'ip' | 'ip6', ...selectors: readonly Selector[]): Expression[] {
  const [first, ...rest] = selectors;
  return [
    ...load({ ...first!, of: family }, ...rest),
    lookup(map, [k.NFTA_LOOKUP_DREG, register(0)]),
    dnat(familyNumber[family], addressWords[family]),
  ];
}

/** The packet goes to `address` and `port`, bytes in network order. */
export function dnatTo(family: 'ip' | 'ip6', address: Uint8Array, port: Uint8Array): Expression[] {
  const immediate = (word: number, bytes: Uint8Array): Expression =>
    expression('immediate', [
      [k.NFTA_IMMEDIATE_DREG, register(word)],
      [k.NFTA_IMMEDIATE_DATA, value(bytes)],
    ]);
  return [
    immediate(0, address),
    immediate(addressWords[family], port),
    dnat(familyNumber[family], addressWords[family]),
  ];
}

/** 16 bytes, as nf_tables holds the name of an interface. */
export function interfaceName(name: string): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.set(text(name).subarray(0, 15));
  return bytes;
}

/** What the names of interfaces begin with that `prefix*` (or iptables' `prefix+`) stands for. */
export const interfacePrefix = (prefix: string): Uint8Array => text(prefix).subarray(0, prefix.length);

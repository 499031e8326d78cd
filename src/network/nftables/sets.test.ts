import { expect, test } from 'vitest';
import { parseAttributes, readBe32, readText } from '../netlink/attributes.ts';
import type { Message } from '../netlink/message.ts';
import * as k from './constants.ts';
import { addElements, concatenation, deleteElements, newSet } from './sets.ts';

const table = { family: k.NFPROTO_INET, name: 'tsdocker' };
const attributes = ({ payload }: Message): Map<number, Uint8Array> => parseAttributes(payload.subarray(4));
const typeOf = ({ type }: Message): number => type & 0xff;
const setOf = (message: Message): string | undefined => readText(attributes(message).get(k.NFTA_SET_ELEM_LIST_SET));
const key = Uint8Array.of(1, 2, 3, 4);

test('parts of a concatenation are filled up to registers of 4 bytes', () => {
  expect([...concatenation(Uint8Array.of(6), Uint8Array.of(0x1f, 0x90), key)]).toEqual([
    6, 0, 0, 0, 0x1f, 0x90, 0, 0, 1, 2, 3, 4,
  ]);
});

test.each([
  { key: ['ifname'], value: undefined, keyType: 41, keyLength: 16, flags: 0, valueLength: undefined },
  { key: ['inet_service'], value: undefined, keyType: 13, keyLength: 2, flags: 0, valueLength: undefined },
  {
    key: ['ipv4_addr', 'inet_proto', 'inet_service'],
    value: ['ipv6_addr', 'inet_service'],
    keyType: (7 << 12) | (12 << 6) | 13,
    keyLength: 12,
    flags: k.NFT_SET_MAP,
    valueLength: 20,
  },
] as const)(
  'a set keyed by $key has a key of $keyLength bytes',
  ({ key, value, keyType, keyLength, flags, valueLength }) => {
    const made = attributes(newSet(table, { name: 's', key, words: '', ...(value && { value }) }, 1));
    expect(readBe32(made.get(k.NFTA_SET_KEY_TYPE))).toBe(keyType);
    expect(readBe32(made.get(k.NFTA_SET_KEY_LEN))).toBe(keyLength);
    expect(readBe32(made.get(k.NFTA_SET_FLAGS))).toBe(flags);
    expect(readBe32(made.get(k.NFTA_SET_DATA_LEN))).toBe(valueLength);
  },
);

test('elements go in one message a set, and in several where they are many', () => {
  const elements = Array.from({ length: 2000 }, () => ({ set: 'many', key }));
  const messages = addElements(table, [{ set: 'few', key }, ...elements, { set: 'few', key }]);
  expect(messages.map(setOf)).toEqual(['few', 'many', 'many', 'many']);
  for (const { payload } of messages) expect(payload.byteLength).toBeLessThan(0xffff);
});

test('a message has room for the longest elements there are', () => {
  const elements = Array.from({ length: 900 }, () => ({
    set: 'published_at6',
    key: new Uint8Array(24),
    value: new Uint8Array(20),
  }));
  expect(addElements(table, elements)).toHaveLength(1);
});

test('elements are destroyed; on older kernels they are added, and then deleted', () => {
  const elements = [{ set: 's', key, value: key }];
  expect(deleteElements(table, elements, true).map(typeOf)).toEqual([k.NFT_MSG_DESTROYSETELEM]);
  expect(deleteElements(table, elements, false).map(typeOf)).toEqual([k.NFT_MSG_NEWSETELEM, k.NFT_MSG_DELSETELEM]);
});

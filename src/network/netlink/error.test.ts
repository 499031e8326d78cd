import { expect, test } from 'vitest';
import { TsdockerError } from '../../error.ts';
import { KernelError } from '../../kernel/index.ts';
import { type Attribute, encodeAttributes, text, u32 } from './attributes.ts';
import {
  NLM_F_ACK_TLVS,
  NLM_F_CAPPED,
  NLMSGERR_ATTR_MISS_TYPE,
  NLMSGERR_ATTR_MSG,
  NLMSGERR_ATTR_OFFS,
} from './constants.ts';
import { NetlinkError, parseVerdict, refusedWith } from './error.ts';
import { encodeMessages, payload } from './message.ts';

const request = { type: 16, flags: 0, payload: new Uint8Array(18).fill(7) };
const number = (value: number): Uint8Array => u32(value >>> 0);
const capped = (errno: number, attributes: readonly Attribute[]) => ({
  flags: NLM_F_CAPPED | NLM_F_ACK_TLVS,
  payload: payload(number(-errno), encodeMessages([request], 1).subarray(0, 16), encodeAttributes(attributes)),
});

test('success is the number 0', () => {
  expect(parseVerdict({ flags: 0, payload: payload(number(0), new Uint8Array(16)) })).toEqual({ errno: 0 });
});

test('a refusal has a number, and of a new kernel words, a place and what is missing', () => {
  const answer = capped(22, [
    [NLMSGERR_ATTR_MSG, text('Invalid prefix for given prefix length.')],
    [NLMSGERR_ATTR_OFFS, u32(44)],
    [NLMSGERR_ATTR_MISS_TYPE, u32(3)],
  ]);
  expect(parseVerdict(answer)).toEqual({
    errno: 22,
    words: 'invalid prefix for given prefix length',
    offset: 44,
    missing: 3,
  });
});

test('words are found behind a request that is repeated, too', () => {
  const answer = {
    flags: NLM_F_ACK_TLVS,
    payload: payload(number(-17), encodeMessages([request], 1), encodeAttributes([[NLMSGERR_ATTR_MSG, text('No')]])),
  };
  expect(parseVerdict(answer)).toMatchObject({ errno: 17, words: 'no' });
});

test.each([
  ['IPv6 is disabled on this device', 'IPv6 is disabled on this device'],
  ['MTU too small', 'MTU too small'],
  ['A\nforged\x1b[31m line', 'a forged [31m line'],
  ['', undefined],
])('the words %j become %j', (words, expected) => {
  expect(parseVerdict(capped(22, [[NLMSGERR_ATTR_MSG, text(words)]]))?.words).toBe(expected);
});

test('an answer that is too short is none; a number out of range is an error all the same', () => {
  expect(parseVerdict({ flags: 0, payload: new Uint8Array(3) })).toBeUndefined();
  expect(parseVerdict({ flags: 0, payload: number(-4096) })?.errno).toBe(5);
  expect(parseVerdict({ flags: 0, payload: number(1) })?.errno).toBe(5);
});

test('a refusal is told in one line: what was asked, the number, the words', () => {
  const error = new NetlinkError('adding a route', { errno: 101, words: 'nexthop has invalid gateway' }, 3);
  expect(error).toBeInstanceOf(TsdockerError);
  expect(error.message).toBe(
    'adding a route failed: ENETUNREACH (network is unreachable): nexthop has invalid gateway',
  );
  expect(error).toMatchObject({ code: 'kernel', errno: 101, index: 3, words: 'nexthop has invalid gateway' });
  expect(new NetlinkError('x', { errno: 22, missing: 3 }).message).toMatch(/: attribute 3 is missing$/);
});

test.each([
  [1, 'permission'],
  [95, 'unsupported'],
  [17, 'kernel'],
])('errno %i has the code %s', (errno, code) => {
  expect(new NetlinkError('x', { errno }).code).toBe(code);
});

test('a refusal is known by the name of its number', () => {
  const error = new NetlinkError('x', { errno: 17 });
  expect(refusedWith(error, 'ENODEV', 'EEXIST')).toBe(true);
  expect(refusedWith(error, 'ENODEV')).toBe(false);
  expect(refusedWith(new KernelError('x', 17, []), 'EEXIST')).toBe(false);
});

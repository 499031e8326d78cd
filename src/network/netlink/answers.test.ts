import { expect, test } from 'vitest';
import { errnoName } from '../../kernel/index.ts';
import { type Progress, readAnswers, readDump } from './answers.ts';
import { eachAttribute, parseAttributes, u32 } from './attributes.ts';
import { NLM_F_DUMP_INTR, NLM_F_MULTI, NLMSG_DONE, NLMSG_ERROR, NLMSG_NOOP } from './constants.ts';
import { parseVerdict } from './error.ts';
import { type Answer, parseMessages } from './message.ts';

/** One after the other, and then there are no more. */
function datagrams(...list: readonly Progress[]): () => Progress {
  const left = [...list];
  return () => left.shift() ?? 'end';
}

const verdict = (sequence: number, errno = 0): Answer => ({
  type: NLMSG_ERROR,
  flags: 0,
  sequence,
  payload: Uint8Array.of(...u32(-errno >>> 0), ...new Uint8Array(16)),
});
const object = (sequence: number, type: number, flags = NLM_F_MULTI): Answer => ({
  type,
  flags,
  sequence,
  payload: u32(0),
});
const expected = { first: 10, count: 3, last: 2, isBegin: () => false };

test('a list has succeeded when its last is answered and none before', () => {
  expect(readAnswers(datagrams([verdict(12)]), expected)).toEqual({ answers: [], failure: undefined });
});

test('what requests to get asked for is returned', () => {
  const { answers } = readAnswers(datagrams([object(11, 16)], [object(12, 20), verdict(12)]), expected);
  expect(answers.map(({ type }) => type)).toEqual([16, 20]);
});

test('the first that failed is told, and all are waited for', () => {
  const next = datagrams([verdict(10, 17)], [verdict(11, 19)], [verdict(12)]);
  expect(readAnswers(next, expected).failure).toEqual({ index: 0, verdict: { errno: 17 } });
  expect(next()).toBe('end');
});

test('answers to other requests, and what nobody asked for, are passed over', () => {
  const next = datagrams([verdict(9, 1)], [verdict(13, 1), object(0, 16)], [verdict(12)]);
  expect(readAnswers(next, expected)).toEqual({ answers: [], failure: undefined });
});

test('a batch whose beginning is refused ends there: nothing else is answered', () => {
  const isBegin = (index: number) => index === 0;
  const next = datagrams([verdict(10, 1)]);
  expect(readAnswers(next, { ...expected, isBegin }).failure).toEqual({ index: 0, verdict: { errno: 1 } });
});

test.each<[string, Progress[]]>([
  ['no answer comes', []],
  ['answers are lost', ['lost', [verdict(12)]]],
  ['the last answer is lost', ['lost']],
])('where %s, it has failed', (_, list) => {
  const { failure } = readAnswers(datagrams(...list), expected);
  expect(errnoName(failure!.verdict.errno)).toBe('ENOBUFS');
});

test('where answers are lost, a refusal that came is what is told', () => {
  const { failure } = readAnswers(datagrams([verdict(11, 17)], 'lost'), expected);
  expect(failure).toEqual({ index: 1, verdict: { errno: 17 } });
});

const done = (sequence: number, result = 0): Answer => ({
  ...object(sequence, NLMSG_DONE),
  payload: u32(result >>> 0),
});

test('a dump is all its parts', () => {
  const next = datagrams([object(5, 16), object(5, NLMSG_NOOP)], [object(4, 17), object(5, 18)], [done(5)]);
  const dump = readDump(next, 5);
  expect(dump).toMatchObject({ interrupted: false });
  expect(dump.failure).toBeUndefined();
  expect(dump.answers.map(({ type }) => type)).toEqual([16, 18]);
});

test.each<[string, Progress[]]>([
  ['changes meanwhile', [[object(5, 16, NLM_F_MULTI | NLM_F_DUMP_INTR)], [done(5)]]],
  ['changes at its end', [[{ ...done(5), flags: NLM_F_DUMP_INTR }]]],
  ['loses a part', [[object(5, 16)], 'lost', [done(5)]]],
])('a dump that %s is to be asked for again', (_, list) => {
  const next = datagrams(...list);
  expect(readDump(next, 5)).toMatchObject({ interrupted: true });
  expect(next(), 'it is read to its end').toBe('end');
});

test.each<[string, Progress[], string]>([
  ['is refused', [[verdict(5, 95)]], 'EOPNOTSUPP'],
  ['ends in an error', [[object(5, 16)], [done(5, -12)]], 'ENOMEM'],
  ['never ends', [[object(5, 16)]], 'ENOBUFS'],
])('a dump that %s has failed', (_, list, name) => {
  expect(errnoName(readDump(datagrams(...list), 5).failure!.verdict.errno)).toBe(name);
});

test('whatever the bytes are, reading them ends, and throws nothing', () => {
  let state = 0x2545f491;
  const random = (below: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  for (let round = 0; round < 3000; round++) {
    const bytes = Uint8Array.from({ length: random(200) }, () => (random(3) === 0 ? random(256) : random(24)));
    for (const answer of parseMessages(bytes)) {
      parseVerdict(answer);
      for (const [, value] of eachAttribute(answer.payload)) parseAttributes(value);
    }
    const messages = parseMessages(bytes);
    readAnswers(datagrams(messages), { ...expected, first: messages[0]?.sequence ?? 0 });
    readDump(datagrams(messages), messages[0]?.sequence ?? 0);
  }
});

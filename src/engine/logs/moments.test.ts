import { expect, test } from 'vitest';
import { comparableMoment, comparableTime, fullTime, parseLogMoment } from './moments.ts';

const now = Date.UTC(2026, 0, 31, 12);
const at = (milliseconds: number, nanoseconds = 0n): bigint => BigInt(milliseconds) * 1_000_000n + nanoseconds;

test.each([
  ['10m', at(now - 600_000)],
  ['+10m', at(now - 600_000)],
  ['1h30m', at(now - 5_400_000)],
  ['-1h30m', at(now + 5_400_000)],
  ['0', 0n],
  ['1767225600', at(1_767_225_600_000)],
  ['1767225600.000000001', at(1_767_225_600_000, 1n)],
  ['1767225600.5', at(1_767_225_600_500)],
  ['2026-01-31T10:00:00Z', at(Date.UTC(2026, 0, 31, 10))],
  ['2026-01-31T10:00:00.123456789Z', at(Date.UTC(2026, 0, 31, 10), 123_456_789n)],
  ['2026-01-31T10:00:00.123456789+02:00', at(Date.UTC(2026, 0, 31, 8), 123_456_789n)],
  ['2026-01-31T10:00:00.000000001', at(new Date(2026, 0, 31, 10).getTime(), 1n)],
  ['2026-01-31', at(new Date(2026, 0, 31).getTime())],
  ['0001-01-01T00:00:00.5Z', at(Date.UTC(2001, 0, 1) - 63_113_904_000_000, 500_000_000n)],
])('%s is a moment', (text, moment) => expect(parseLogMoment(text, now)).toBe(moment));

test.each([
  '',
  'soon',
  '2026-02',
  '2026-13-01',
  '--10m',
  '-',
  '1e3',
  '1.2.3',
  '2026-01-31T10.5Z',
  '2026-01-31.5',
  '1h.',
])('%j is none', (text) => expect(() => parseLogMoment(text, now)).toThrow('is not a time'));

test('texts to compare sort as their moments do, and are equal where these are', () => {
  const times = [
    '0000-01-01T00:00:00Z',
    '2026-01-31T09:59:59.999999999Z',
    '2026-01-31T10:00:00Z',
    '2026-01-31T10:00:00.000000001Z',
    '2026-01-31T10:00:00.01Z',
    '2026-01-31T10:00:00.1Z',
    '2026-01-31T10:00:00.123Z',
    '2026-01-31T10:00:01Z',
    '9999-12-31T23:59:59.999999999Z',
  ];
  const comparable = times.map(comparableTime);
  expect(comparable.toSorted()).toEqual(comparable);
  expect(times.map((time) => comparableMoment(parseLogMoment(time, now)))).toEqual(comparable);
});

test('zeros at the end of a fraction change nothing', () => {
  expect(comparableTime('2026-01-31T10:00:00.100Z')).toBe(comparableTime('2026-01-31T10:00:00.1Z'));
  expect(comparableTime('2026-01-31T10:00:00.000Z')).toBe(comparableTime('2026-01-31T10:00:00Z'));
});

test('moments outside of the years of four digits become the nearest within', () => {
  expect(comparableMoment(10n ** 30n)).toBe('9999-12-31T23:59:59.999999999');
  expect(comparableMoment(-(10n ** 30n))).toBe('0000-01-01T00:00:00');
});

test('times are printed with all nine digits', () => {
  expect(fullTime('2026-01-31T10:00:00.12Z')).toBe('2026-01-31T10:00:00.120000000Z');
  expect(fullTime('2026-01-31T10:00:00Z')).toBe('2026-01-31T10:00:00.000000000Z');
});

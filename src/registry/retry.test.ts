import { expect, test } from 'vitest';
import { defaultRetryPolicy, type Outcome, parseRetryAfter, retryDelay, withRetries } from './retry.ts';

const now = Date.parse('2026-01-01T00:00:00Z');

test.each<[number, Outcome, string | null, number | undefined]>([
  [1, 200, null, undefined],
  [1, 206, null, undefined],
  [1, 401, null, undefined],
  [1, 403, null, undefined],
  [1, 404, '1', undefined],
  [1, 501, null, undefined],
  [1, 429, null, 500],
  [1, 500, null, 500],
  [2, 502, null, 1000],
  [3, 503, null, 2000],
  [4, 503, null, undefined],
  [1, 'connection lost', null, 500],
  [4, 'connection lost', null, undefined],
  [1, 429, '0', 0],
  [2, 429, '3', 3000],
  [1, 429, '60', 60_000],
  [1, 429, '61', undefined],
  [4, 429, '1', undefined],
  [1, 503, 'Thu, 01 Jan 2026 00:00:02 GMT', 2000],
  [1, 503, 'Wed, 31 Dec 2025 23:59:00 GMT', 0],
  [1, 503, 'Thu, 01 Jan 2026 01:00:00 GMT', undefined],
  [2, 429, 'soon', 1000],
  [1, 429, '-5', 500],
  [1, 429, '1e9', 500],
  [1, 429, '99999999999999999999', 500],
])('after try %i that ended with %s and Retry-After %s the wait is %s ms', (attempt, outcome, retryAfter, expected) => {
  expect(retryDelay(attempt, outcome, retryAfter, defaultRetryPolicy, now)).toBe(expected);
});

test('no wait is longer than the policy allows', () => {
  const policy = { tries: 20, firstDelay: 500, longestDelay: 4000 };
  expect([1, 2, 3, 4, 5, 19, 20].map((attempt) => retryDelay(attempt, 500, null, policy))).toEqual([
    500,
    1000,
    2000,
    4000,
    4000,
    4000,
    undefined,
  ]);
});

test('a Retry-After of a number too large to be meant is none', () => {
  expect(parseRetryAfter('9999999999', now)).toBeUndefined();
});

const attemptsThatEnd = (...outcomes: Outcome[]) => {
  const discarded: Outcome[] = [];
  let made = 0;
  const attempt = async () => {
    const outcome = outcomes[made++]!;
    return { outcome, settle: () => outcome, discard: async () => void discarded.push(outcome) };
  };
  return { attempt, discarded, made: () => made };
};

const quick = { tries: 4, firstDelay: 0, longestDelay: 0 };

test('attempts are made until one is settled, and each before it is let go', async () => {
  const { attempt, discarded, made } = attemptsThatEnd(500, 429, 200);
  expect(await withRetries(attempt, quick, undefined)).toBe(200);
  expect([made(), discarded]).toEqual([3, [500, 429]]);
});

test('the last of too many failures is what stands', async () => {
  const { attempt, made } = attemptsThatEnd(500, 500, 500, 503);
  expect(await withRetries(attempt, quick, undefined)).toBe(503);
  expect(made()).toBe(4);
});

test('an aborted signal ends the tries with its reason', async () => {
  const { attempt, made } = attemptsThatEnd(500, 200);
  await expect(withRetries(attempt, quick, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  expect(made()).toBe(1);
});

// Whether and when a request is made again: a busy or failing server and a lost connection are worth it, a refusal is not
// (distribution-spec, "Error Codes", TOOMANYREQUESTS; RFC 9110, 10.2.3 Retry-After).
import { setTimeout } from 'node:timers/promises';

export interface RetryPolicy {
  /** How often a request is made at most, the first time counted. */
  readonly tries: number;
  /** Milliseconds before the second try; each further wait is twice as long. */
  readonly firstDelay: number;
  /** Milliseconds; a server that asks for more is not waited for. */
  readonly longestDelay: number;
}

export const defaultRetryPolicy: RetryPolicy = { tries: 4, firstDelay: 500, longestDelay: 60_000 };

/** How a try ended: an HTTP status, or no answer. */
export type Outcome = number | 'connection lost';

const worthAnother: readonly Outcome[] = ['connection lost', 408, 429, 500, 502, 503, 504];

/**
 * Milliseconds to wait before the next try, or undefined to make none.
 * @param attempt Which try it was that ended so, from 1.
 * @param retryAfter The header, if there was one: seconds or a date.
 * @param now Milliseconds since the epoch, for the date.
 */
export function retryDelay(
  attempt: number,
  outcome: Outcome,
  retryAfter: string | null = null,
  policy: RetryPolicy = defaultRetryPolicy,
  now: number = Date.now(),
): number | undefined {
  if (attempt >= policy.tries || !worthAnother.includes(outcome)) return undefined;
  const asked = retryAfter === null ? undefined : parseRetryAfter(retryAfter, now);
  if (asked !== undefined) return asked <= policy.longestDelay ? asked : undefined;
  return Math.min(policy.firstDelay * 2 ** (attempt - 1), policy.longestDelay);
}

/** Milliseconds from now, never negative; undefined for what is neither seconds nor a date. */
export function parseRetryAfter(text: string, now: number): number | undefined {
  const trimmed = text.trim();
  if (/^\d{1,9}$/.test(trimmed)) return Number(trimmed) * 1000;
  const date = /[A-Za-z]/.test(trimmed) ? Date.parse(trimmed) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

export interface Attempt<T> {
  readonly outcome: Outcome;
  readonly retryAfter?: string | null;
  /** The answer, or the throw, that stands if no further try is made. */
  settle(): T;
  /** Lets go of the answer before the next try. */
  discard?(): Promise<void>;
}

/** Makes the attempt again as long as `retryDelay` says. Throws the signal's reason when it is aborted in between. */
export async function withRetries<T>(
  attempt: () => Promise<Attempt<T>>,
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
): Promise<T> {
  for (let count = 1; ; count++) {
    const made = await attempt();
    const delay = retryDelay(count, made.outcome, made.retryAfter, policy);
    if (delay === undefined) return made.settle();
    await made.discard?.();
    await pause(delay, signal);
  }
}

/** Waits, unless the signal is aborted: then throws its reason. */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  try {
    await setTimeout(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

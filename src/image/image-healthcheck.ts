// The health check that Docker keeps in the `config` of an image (HealthConfig of its API), from bytes that a registry sent.
import { TsdockerError } from '../error.ts';
import { object, optional, strings } from './json.ts';

/** Names are Docker's. What is missing, or 0, is not said. */
export interface ImageHealthcheck {
  /** `['NONE']`, `['CMD', word, …]`, `['CMD-SHELL', text]`; empty where nothing is said. */
  readonly Test?: readonly string[];
  /** Nanoseconds. */
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly StartInterval?: number;
  readonly Retries?: number;
}

const counts = ['Interval', 'Timeout', 'StartPeriod', 'StartInterval', 'Retries'] as const;

/** Throws `corrupt`. */
export function parseImageHealthcheck(value: unknown, what: string): ImageHealthcheck {
  const fields = object(value, what);
  const test = optional(fields.Test, (words) => strings(words, `Test of ${what}`));
  // ATTACK: execve(2) would take the word up to here for the whole one.
  if (test?.some((word) => word.includes('\0'))) throw new TsdockerError('corrupt', `Test of ${what} has a NUL in it`);
  const given = counts.flatMap((name) => {
    const count = optional(fields[name], (number) => natural(number, `${name} of ${what}`));
    return count === undefined || count === 0 ? [] : [[name, count]];
  });
  return { ...(test === undefined ? {} : { Test: test }), ...Object.fromEntries(given) };
}

/** Of a 64-bit number, JavaScript may lose the last bits; no time here is so exact. */
function natural(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 2 ** 63) {
    throw new TsdockerError('corrupt', `${what} is not a number from 0`);
  }
  return value;
}

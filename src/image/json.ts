// Reading hostile JSON: each function takes a value from a document and says in one line what is wrong with it.
import { TsdockerError } from '../error.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

const wrong = (what: string, expected: string): TsdockerError =>
  new TsdockerError('corrupt', `${what} is not ${expected}`);

/** More of a hostile word in a message would bury what the message says. */
const longestQuote = 120;

/**
 * A value as a message shows it. ATTACK: lists in lists are read by a parser that does not recur, and would overflow the stack
 * of one that does, as JSON.stringify is.
 */
export function quoted(value: unknown): string {
  if (value === undefined) return 'undefined';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  const text = JSON.stringify(value);
  return text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text;
}

/** Throws `corrupt` where the bytes are not one JSON object in UTF-8. */
export function parseObject(bytes: Uint8Array, what: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new TsdockerError('corrupt', `${what} is not JSON`, { cause });
  }
  return object(value, what);
}

export function object(value: unknown, what: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(what, 'an object');
  return value as JsonObject;
}

export function array(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(what, 'a list');
  return value;
}

export function string(value: unknown, what: string): string {
  if (typeof value !== 'string') throw wrong(what, 'a string');
  return value;
}

/** A value that may be missing; null, which Go writes for an empty one, counts as missing. */
export function optional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === undefined || value === null ? undefined : read(value);
}

export function strings(value: unknown, what: string): string[] {
  return array(value, what).map((item) => string(item, `an item of ${what}`));
}

/** A map of strings to strings, without a prototype to be surprised by. */
export function stringMap(value: unknown, what: string): Record<string, string> {
  const entries = Object.entries(object(value, what)).map(([key, item]) => [
    key,
    string(item, `${quoted(key)} of ${what}`),
  ]);
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

/** The keys of a map whose values mean nothing: Go's way of writing a set (`Volumes`, `ExposedPorts`). */
export function keys(value: unknown, what: string): string[] {
  return Object.keys(object(value, what));
}

/** A size in bytes: a whole number that JavaScript can hold exactly. */
export function size(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw wrong(what, 'a size');
  return value;
}

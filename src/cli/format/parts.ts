// len, index and slice (Go's text/template, "Functions"): texts count in bytes, as in Go.
import type { TsdockerError } from '../../error.ts';
import { entriesOf, isNil, isObject, typeOf } from './value.ts';

type Fail = (what: string) => TsdockerError;

export function lengthOf(value: unknown, fail: Fail): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  const length = Array.isArray(value) ? value.length : entriesOf(value)?.length;
  if (length === undefined) throw fail(`${typeOf(value)} has no length`);
  return length;
}

/** `index x 1 2`: x[1][2]. */
export function indexInto([value, ...keys]: readonly unknown[], fail: Fail): unknown {
  return keys.reduce((inside, key) => indexOne(inside, key, fail), value);
}

function indexOne(value: unknown, key: unknown, fail: Fail): unknown {
  if (Array.isArray(value)) return value[position(key, value.length - 1, fail)];
  if (typeof value === 'string') {
    const bytes = Buffer.from(value);
    return bytes[position(key, bytes.length - 1, fail)];
  }
  if (typeof key !== 'string') throw fail(`${typeOf(value)} has no index ${String(key)}`);
  if (value instanceof Map) return value.has(key) ? value.get(key) : zeroOf(value);
  if (isObject(value)) return Object.hasOwn(value, key) ? value[key] : null;
  // Labels that an image has not: for Go a nil map of texts.
  if (isNil(value)) return '';
  throw fail(`${typeOf(value)} cannot be indexed`);
}

/** In Go, a map of texts has '' for every key that it lacks. */
const zeroOf = (map: ReadonlyMap<unknown, unknown>): '' | null =>
  [...map.values()].every((item) => typeof item === 'string') ? '' : null;

/** `slice x 1 2`: x[1:2]. */
export function sliceOf([value, from, to]: readonly unknown[], fail: Fail): unknown {
  const whole = typeof value === 'string' ? Buffer.from(value) : value;
  if (!Array.isArray(whole) && !Buffer.isBuffer(whole)) throw fail(`${typeOf(value)} cannot be sliced`);
  const end = to === undefined ? whole.length : position(to, whole.length, fail);
  const start = from === undefined ? 0 : position(from, end, fail);
  return Buffer.isBuffer(whole) ? whole.subarray(start, end).toString() : whole.slice(start, end);
}

function position(key: unknown, last: number, fail: Fail): number {
  if (typeof key !== 'number' || !Number.isInteger(key)) throw fail(`an index is an integer, not a ${typeOf(key)}`);
  if (key < 0 || key > last) throw fail(`the index ${key} is out of range`);
  return key;
}

// Values that are one of a few words, or names with a grammar.
import { refuseValue } from './refuse.ts';

/** One of `words`, or `otherwise` where nothing was given. */
export function oneOf<const T extends string>(
  flag: string,
  value: string | undefined,
  words: readonly T[],
  otherwise: T,
  hint?: string,
): T {
  if (value === undefined) return otherwise;
  const found = words.find((word) => word === value);
  return found ?? refuseValue(flag, value, `is not one of ${words.join(', ')}`, hint);
}

/** Docker's names: one letter or digit, then letters, digits, `_`, `.`, `-`. */
export function parseName(value: string): string {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(value)) return value;
  return refuseValue(
    'name',
    value,
    'is not a name',
    'letters, digits, _, . and -, at least two, the first a letter or digit',
  );
}

/** A host or domain name: what sethostname(2) takes (64 bytes) and a label may be (RFC 1123, 2.1). */
export function parseHostname(flag: string, value: string): string {
  const isName = /^[a-zA-Z0-9_]([a-zA-Z0-9_-]*[a-zA-Z0-9_])?(\.[a-zA-Z0-9_]([a-zA-Z0-9_-]*[a-zA-Z0-9_])?)*$/.test(
    value,
  );
  return isName && value.length <= 64
    ? value
    : refuseValue(flag, value, 'is not a host name', 'letters, digits, - and ., at most 64');
}

/** An absolute path in the container. */
export function parseWorkdir(value: string): string {
  return value.startsWith('/') ? value : refuseValue('workdir', value, 'is not an absolute path');
}

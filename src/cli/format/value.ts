// Values as a template sees them: what is true, what has which fields (Go's text/template, "Arguments" and `if`).
export type Entries = readonly (readonly [key: string, value: unknown])[];

export const isNil = (value: unknown): value is null | undefined => value === null || value === undefined;

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map);

/** Go's word for the type of a value, for errors. */
export function typeOf(value: unknown): string {
  if (isNil(value)) return 'nil';
  if (Array.isArray(value)) return 'list';
  if (value instanceof Map) return 'map';
  if (typeof value === 'number' && Number.isInteger(value)) return 'integer';
  return typeof value;
}

/** The entries of a map, by their keys, or of an object as they stand; undefined for all else. */
export function entriesOf(value: unknown): Entries | undefined {
  if (value instanceof Map) return byKey([...value].map(([key, item]) => [String(key), item] as const));
  return isObject(value) ? Object.entries(value).filter(([, item]) => item !== undefined) : undefined;
}

/** The order in which Go ranges over maps, and prints them: that of their bytes. */
export const byKey = (entries: Entries): Entries =>
  [...entries].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

export function isTrue(value: unknown): boolean {
  if (isNil(value)) return false;
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object') return entriesOf(value)!.length > 0;
  return Boolean(value);
}

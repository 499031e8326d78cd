// `json`: as Go's encoding/json writes values, the keys of maps in order, without the escapes for HTML (Docker turns them off).
import { printableJson } from '../printable.ts';
import { entriesOf } from './value.ts';

/** One line, in which nothing can act on a terminal. */
export const goJson = (value: unknown): string => printableJson(write(value));

function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  const entries = entriesOf(value);
  if (entries === undefined) return typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? 'null');
  // Methods, such as Label, are no data.
  const data = entries.filter(([, item]) => typeof item !== 'function');
  return `{${data.map(([key, item]) => `${JSON.stringify(key)}:${write(item)}`).join(',')}}`;
}

// --format, as Docker's CLI takes it (its reference, "Format command and log output"): a Go template, `table TEMPLATE`, `json`
// or `raw`. Lists call renderFormat, `inspect` and `version` call renderValues. Load this lazily: most calls have no --format.
//
// Values are plain JS: an object is a struct (a field it lacks is an error, with the list of those it has), a Map is a Go map (a
// key it lacks is `<no value>`: labels, ports; `asMap` makes one), arrays, strings, numbers, booleans, null.

import { alignColumns } from './columns.ts';
import { goJson } from './json.ts';
import { compileTemplate } from './template.ts';

export type Row = Readonly<Record<string, unknown>>;

/** What a list can show. */
export interface Listing {
  /** Every field of a row with its heading: `{ ID: 'IMAGE ID', … }`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The template of the table where no format is given: `{{.ID}}\t{{.Names}}`. */
  readonly table: string;
  /** The template of `--format raw`, where Docker has one. */
  readonly raw?: string;
}

/**
 * The text of a list, ready for stdout: the default table where `format` is undefined or `table`, else what it asks for.
 * Throws `usage` for a template that does not parse, or names what does not exist.
 */
export function renderFormat(rows: readonly Row[], format: string | undefined, listing: Listing): string {
  const sorted = rows.map((row) => Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))));
  if (format === 'json') return sorted.map((row) => `${goJson(row)}\n`).join('');
  if (format === 'raw' && listing.raw !== undefined) return renderLines(sorted, listing.raw);
  if (format !== undefined && format !== '' && !/^table\b/.test(format)) return renderLines(sorted, format);
  const template = compileTemplate(unescaped(format?.slice('table'.length).trim() || listing.table));
  const heading = template.render(listing.headers, 'heading');
  return alignColumns([heading, ...sorted.map((row) => template.render(row))]);
}

/** Each value by itself, a line each: the form of `inspect` and `version`, where escapes stand for themselves. */
export function renderValues(values: readonly unknown[], format: string): string {
  if (format === 'json') return values.map((value) => `${goJson(value)}\n`).join('');
  const template = compileTemplate(format);
  return values.map((value) => `${template.render(value)}\n`).join('');
}

/** Names that are data and no fields, such as labels, as a template sees them. */
export function asMap(names: Readonly<Record<string, unknown>> | undefined | null): Map<string, unknown> | null {
  return names === undefined || names === null ? null : new Map(Object.entries(names));
}

function renderLines(rows: readonly Row[], format: string): string {
  const template = compileTemplate(unescaped(format.trim()));
  return rows.map((row) => `${template.render(row)}\n`).join('');
}

/** Docker lets a list's format say tab and line end as `\t` and `\n`, which a shell's quotes keep apart. */
const unescaped = (format: string): string => format.replaceAll('\\t', '\t').replaceAll('\\n', '\n');

// Go's %v: how a template prints values (package fmt, "Printing"; text/template prints what is missing as `<no value>`).
import { byKey, entriesOf, isNil } from './value.ts';

/** Control and direction characters but tab and line feed: an image's label could move the cursor or press keys with them. */
const harmful = /[^\P{Cc}\t\n]|[\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** What `{{value}}` prints, fit for a terminal. */
export const printOutput = (value: unknown): string =>
  isNil(value) ? '<no value>' : goString(value).replace(harmful, ' ');

export function goString(value: unknown): string {
  return printNested(value, (item) => {
    if (isNil(item)) return '<nil>';
    return typeof item === 'number' ? goNumber(item) : String(item);
  });
}

/** `[a b]` and `map[k:v]`, with what stands inside as `printOne` prints it. */
export function printNested(value: unknown, printOne: (item: unknown) => string): string {
  if (Array.isArray(value)) return `[${value.map((item) => printNested(item, printOne)).join(' ')}]`;
  const entries = entriesOf(value);
  if (entries === undefined) return printOne(value);
  const data = entries.filter(([, item]) => typeof item !== 'function');
  return `map[${byKey(data)
    .map(([key, item]) => `${printOne(key)}:${printNested(item, printOne)}`)
    .join(' ')}]`;
}

/** %v of a number: the shortest that reads back; a fraction below 1e-4 or from 1e6 on has an exponent. */
export function goNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const size = Math.abs(value);
  const isLong = size >= (Number.isInteger(value) ? 1e21 : 1e6);
  return isLong || (size < 1e-4 && size !== 0) ? goExponent(value.toExponential()) : String(value);
}

/** Go writes at least two digits of an exponent. */
export const goExponent = (text: string): string => text.replace(/e([+-])(\d)$/, 'e$10$2');

/** print: a space between two values of which neither is a text. */
export function print(values: readonly unknown[]): string {
  let text = '';
  for (const [index, value] of values.entries()) {
    const isBetween = index > 0 && typeof value !== 'string' && typeof values[index - 1] !== 'string';
    text += `${isBetween ? ' ' : ''}${goString(value)}`;
  }
  return text;
}

/** println: a space between any two values, and a line end. */
export const printLine = (values: readonly unknown[]): string => `${values.map(goString).join(' ')}\n`;

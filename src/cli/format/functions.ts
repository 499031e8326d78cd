// The functions of a template: those of Go's text/template, and those Docker adds (its reference, "Format command and log
// output").
import type { TsdockerError } from '../../error.ts';
import { areEqual, isAnyOf, isLess } from './compare.ts';
import { escapeHtml, escapeJs, escapeQuery } from './escapes.ts';
import { goJson } from './json.ts';
import { indexInto, lengthOf, sliceOf } from './parts.ts';
import { goString, print, printLine } from './print.ts';
import { printf } from './printf.ts';
import { isTrue, typeOf } from './value.ts';

/** Makes the error of a call that cannot be answered. */
export type Fail = (what: string) => TsdockerError;

interface TemplateFunction {
  readonly least: number;
  readonly most: number;
  readonly call: (values: readonly unknown[], fail: Fail) => unknown;
  /** Leaves a heading as it is: Docker's HeaderFunctions. */
  readonly changesText?: true;
}

const any = Number.POSITIVE_INFINITY;
const take = (least: number, most: number, call: TemplateFunction['call']): TemplateFunction => ({ least, most, call });

/** Functions of one text, or a text and more. */
const ofText = (
  count: number,
  call: (text: string, rest: readonly unknown[], fail: Fail) => unknown,
): TemplateFunction => ({
  least: count,
  most: count,
  changesText: true,
  call: ([text, ...rest], fail) => call(wanted(text, 'string', fail), rest, fail),
});

const functions: Readonly<Record<string, TemplateFunction>> = {
  and: take(1, any, (values) => values.find((value) => !isTrue(value)) ?? values.at(-1)),
  or: take(1, any, (values) => values.find(isTrue) ?? values.at(-1)),
  not: take(1, 1, ([value]) => !isTrue(value)),
  eq: take(2, any, isAnyOf),
  ne: take(2, 2, ([a, b], fail) => !areEqual(a, b, fail)),
  lt: take(2, 2, ([a, b], fail) => isLess(a, b, fail)),
  le: take(2, 2, ([a, b], fail) => isLess(a, b, fail) || areEqual(a, b, fail)),
  gt: take(2, 2, ([a, b], fail) => isLess(b, a, fail)),
  ge: take(2, 2, ([a, b], fail) => isLess(b, a, fail) || areEqual(a, b, fail)),
  len: take(1, 1, ([value], fail) => lengthOf(value, fail)),
  index: take(1, any, indexInto),
  slice: take(1, 3, sliceOf),
  print: take(0, any, print),
  println: take(0, any, printLine),
  printf: take(1, any, ([format, ...values], fail) => printf(wanted(format, 'string', fail), values)),
  html: take(0, any, (values) => escapeHtml(print(values))),
  js: take(0, any, (values) => escapeJs(print(values))),
  urlquery: take(0, any, (values) => escapeQuery(print(values))),
  json: { ...take(1, 1, ([value]) => goJson(value)), changesText: true },
  lower: ofText(1, (text) => text.toLowerCase()),
  upper: ofText(1, (text) => text.toUpperCase()),
  title: ofText(1, (text) => text.replace(/(?<![\p{L}\p{N}_'])\p{L}/gu, (letter) => letter.toUpperCase())),
  split: ofText(2, (text, [separator], fail) => split(text, wanted(separator, 'string', fail))),
  truncate: ofText(2, (text, [length], fail) =>
    [...text].slice(0, Math.max(0, wanted(length, 'number', fail))).join(''),
  ),
  join: {
    ...take(2, 2, ([list, separator], fail) => join(list, wanted(separator, 'string', fail), fail)),
    changesText: true,
  },
  pad: take(3, 3, ([text, before, after], fail) =>
    pad(wanted(text, 'string', fail), wanted(before, 'number', fail), wanted(after, 'number', fail), fail),
  ),
};

export const isFunction = (name: string): boolean => Object.hasOwn(functions, name);

/** `and` and `or` look at no argument behind the one that decides. */
export const shortCircuits = (name: string, value: unknown): boolean =>
  (name === 'and' && !isTrue(value)) || (name === 'or' && isTrue(value));

export function callFunction(name: string, values: readonly unknown[], isHeading: boolean, fail: Fail): unknown {
  const { least, most, call, changesText } = functions[name]!;
  if (values.length < least || values.length > most) {
    const wants =
      least === most
        ? `${least}`
        : `${values.length < least ? 'at least' : 'at most'} ${values.length < least ? least : most}`;
    throw fail(
      `${name} takes ${wants} ${wants.endsWith(' 1') || wants === '1' ? 'argument' : 'arguments'}, not ${values.length}`,
    );
  }
  if (isHeading && changesText) return values[0];
  return call(values, (what) => fail(`${name}: ${what}`));
}

function wanted(value: unknown, type: 'string', fail: Fail): string;
function wanted(value: unknown, type: 'number', fail: Fail): number;
function wanted(value: unknown, type: 'string' | 'number', fail: Fail): unknown {
  const isGood = typeof value === type && (type === 'string' || Number.isInteger(value));
  if (!isGood) throw fail(`${typeOf(value)} where ${type === 'string' ? 'a string' : 'an integer'} is wanted`);
  return value;
}

/** Go's strings.Split: an empty separator takes the text apart into characters. */
const split = (text: string, separator: string): string[] => (separator === '' ? [...text] : text.split(separator));

function join(list: unknown, separator: string, fail: Fail): string {
  if (!Array.isArray(list)) throw fail(`${typeOf(list)} where a list is wanted`);
  return list.map(goString).join(separator);
}

/** Docker's: nothing stays nothing. */
function pad(text: string, before: number, after: number, fail: Fail): string {
  if (!(before >= 0 && after >= 0 && before + after <= 10_000)) throw fail('more room than there is on a line');
  return text === '' ? '' : `${' '.repeat(before)}${text}${' '.repeat(after)}`;
}

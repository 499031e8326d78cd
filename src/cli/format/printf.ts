// printf, as Go's package fmt does it: `%[flags][width][.precision]verb`. What does not fit its verb is printed as `%!d(string=x)`.
import { goExponent, goNumber, goString, printNested } from './print.ts';
import { quote } from './quote.ts';
import { isNil } from './value.ts';

interface Directive {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly verb: string;
}

/** Wider is a slip, and would fill the memory. */
const widest = 10_000;

export function printf(format: string, values: readonly unknown[]): string {
  let next = 0;
  const take = (): number => (typeof values[next] === 'number' ? Number(values[next++]) : next++ && Number.NaN);
  const text = format.replace(
    /%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d*))?([\s\S]|$)/gu,
    (_, flags: string, width: string | undefined, precision: string | undefined, verb: string) => {
      if (verb === '') return '%!(NOVERB)';
      if (verb === '%') return '%';
      const wide = width === '*' ? take() : Number(width ?? 0);
      const exact = precision === '*' ? take() : precision === undefined ? undefined : Number(precision);
      if (!(Math.abs(wide) <= widest)) return '%!(BADWIDTH)';
      if (exact !== undefined && !(exact >= 0 && exact <= widest)) return '%!(BADPREC)';
      if (next >= values.length) return `%!${verb}(MISSING)`;
      const all = wide < 0 ? `-${flags}` : flags;
      return printDirective({ flags: all, width: Math.abs(wide), precision: exact, verb }, values[next++]);
    },
  );
  const extra = values.slice(next).map((value) => (isNil(value) ? '<nil>' : `${goType(value)}=${goString(value)}`));
  return extra.length === 0 ? text : `${text}%!(EXTRA ${extra.join(', ')})`;
}

function printDirective(directive: Directive, value: unknown): string {
  if (directive.verb === 'T') return pad(goType(value), directive);
  return printNested(value, (item) => pad(printOne(item, directive) ?? misfit(item, directive.verb), directive, item));
}

/** Undefined where the value does not fit the verb. */
function printOne(value: unknown, { verb, flags, precision }: Directive): string | undefined {
  if (verb === 'v' && flags.includes('#') && typeof value === 'string') return quote(value);
  if (verb === 'v' && (typeof value !== 'number' || precision === undefined)) {
    return typeof value === 'number' ? signed(value, goNumber(value), flags) : goString(value);
  }
  if (typeof value === 'string') return printText(value, verb, precision);
  if (typeof value === 'boolean') return verb === 't' ? String(value) : undefined;
  return typeof value === 'number' ? printNumber(value, verb, flags, precision) : undefined;
}

function printText(value: string, verb: string, precision: number | undefined): string | undefined {
  const text = precision === undefined ? value : [...value].slice(0, precision).join('');
  if (verb === 's') return text;
  if (verb === 'q') return quote(text);
  if (verb !== 'x' && verb !== 'X') return undefined;
  const hex = Buffer.from(text).toString('hex');
  return verb === 'X' ? hex.toUpperCase() : hex;
}

const radix: Readonly<Record<string, number>> = { d: 10, b: 2, o: 8, x: 16, X: 16 };
const prefix: Readonly<Record<string, string>> = { b: '0b', o: '0', x: '0x', X: '0X' };

function printNumber(value: number, verb: string, flags: string, precision: number | undefined): string | undefined {
  const size = Math.abs(value);
  const base = radix[verb];
  if (base !== undefined && Number.isInteger(value)) {
    const digits = size.toString(base).padStart(precision ?? 0, '0');
    const whole = `${flags.includes('#') ? (prefix[verb] ?? '') : ''}${verb === 'X' ? digits.toUpperCase() : digits}`;
    return signed(value, value < 0 ? `-${whole}` : whole, flags);
  }
  if (Number.isInteger(value) && value >= 0 && value <= 0x10ffff) {
    if (verb === 'c') return String.fromCodePoint(value);
    if (verb === 'q') return `'${String.fromCodePoint(value)}'`;
    if (verb === 'U') return `U+${value.toString(16).toUpperCase().padStart(4, '0')}`;
  }
  const digits = Math.min(precision ?? 6, 100);
  if (verb === 'f' || verb === 'F') return signed(value, value.toFixed(digits), flags);
  if (verb === 'e') return signed(value, goExponent(value.toExponential(digits)), flags);
  if (verb !== 'g' && verb !== 'v') return undefined;
  const short = precision === undefined ? value : Number(value.toPrecision(Math.max(1, digits)));
  return signed(value, goNumber(short), flags);
}

function signed(value: number, text: string, flags: string): string {
  if (value < 0 || text.startsWith('+')) return text;
  return `${flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''}${text}`;
}

function pad(text: string, { flags, width }: Directive, value?: unknown): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (flags.includes('-')) return text + ' '.repeat(missing);
  if (!flags.includes('0')) return ' '.repeat(missing) + text;
  const sign = typeof value === 'number' ? /^[+-]?/.exec(text)![0] : '';
  return sign + '0'.repeat(missing) + text.slice(sign.length);
}

const misfit = (value: unknown, verb: string): string =>
  isNil(value) ? `%!${verb}(<nil>)` : `%!${verb}(${goType(value)}=${goString(value)})`;

/** The type a Go program would have for it. */
function goType(value: unknown): string {
  if (isNil(value)) return '<nil>';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float64';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}

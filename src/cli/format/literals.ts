// Literals of a template, as Go writes them (the Go specification, "Integer literals" to "String literals").
const simpleEscapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

const escapes = /\\(?:([abfnrtv\\'"])|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|([\s\S]|$))/g;

/** What stands between the quotes of `"…"` or `'…'`; undefined where an escape is none of Go's. */
export function unquote(inside: string): string | undefined {
  let isWrong = false;
  const text = inside.replace(escapes, (_, simple?: string, x?: string, u?: string, U?: string, octal?: string) => {
    if (simple !== undefined) return simpleEscapes[simple]!;
    const hex = x ?? u ?? U;
    const code = hex === undefined ? Number.parseInt(octal ?? '', 8) : Number.parseInt(hex, 16);
    if (code <= 0x10ffff) return String.fromCodePoint(code);
    isWrong = true;
    return '';
  });
  // An escape that is none leaves NaN, which is not <= anything.
  return isWrong ? undefined : text;
}

const number = /^[+-]?(?:0[xX][\da-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|\d+|(?:\d+\.\d*|\.?\d+)(?:[eE][+-]?\d+)?)$/;

/** The value of a number; undefined where it is none, or an integer that a double does not hold. */
export function parseNumber(word: string): number | undefined {
  const plain = word.replace(/(?<=[\da-fA-FxXbBoO])_(?=[\da-fA-F])/g, '');
  if (!number.test(plain)) return undefined;
  const unsigned = plain.replace(/^[+-]/, '').replace(/^0(?=[0-7]+$)/, '0o');
  const value = Number(unsigned);
  if (/^\w+$/.test(unsigned) && !Number.isSafeInteger(value) && !/[eE.]/.test(unsigned.replace(/^0x.*/i, '')))
    return undefined;
  return plain.startsWith('-') ? -value : value;
}

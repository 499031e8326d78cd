// --detach-keys: the keys that leave a container's terminal without ending it, in Docker's notation.
import { refuseValue } from './refuse.ts';

/** The control characters that are not a letter's (ascii(7)). */
const controls: Readonly<Record<string, number>> = { '@': 0, '[': 27, '\\': 28, ']': 29, '^': 30, _: 31 };

/** Docker's own: ctrl-p ctrl-q. */
export const defaultDetachKeys: readonly number[] = [16, 17];

/**
 * Bytes to look for in what is typed. Each key is one character or `ctrl-` and a letter or one of @ [ \ ] ^ _; commas stand
 * between them. An empty text is the default, as in Docker.
 */
export function parseDetachKeys(text: string): readonly number[] {
  if (text === '') return defaultDetachKeys;
  return text.split(',').map((key) => {
    const byte = keyOf(key);
    return byte ?? refuseValue('detach-keys', text, `has the key ${JSON.stringify(key)}`, 'write it as ctrl-p,ctrl-q');
  });
}

function keyOf(key: string): number | undefined {
  if (/^[\x20-\x7e]$/.test(key)) return key.charCodeAt(0);
  const [, letter] = /^ctrl-(.)$/.exec(key) ?? [];
  if (letter === undefined) return undefined;
  return /[a-z]/.test(letter) ? letter.charCodeAt(0) - 96 : controls[letter];
}

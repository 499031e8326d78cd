// The words of a Dockerfile instruction's argument (Dockerfile reference, "Environment replacement", "Parser directives"): quotes,
// backslashes, variables, and lists as JSON.
import { TsdockerError } from '../error.ts';

const refuse = (why: string): never => {
  throw new TsdockerError('usage', why);
};

/** The exec form, `["a", "b"]`; undefined for what is none, which is then words for a shell. */
export function jsonWords(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((word) => typeof word === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Words with their quotes taken away and variables replaced. @param environment `NAME=value`, the last one counts. */
export function splitWords(text: string, environment: readonly string[] = []): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '\\' && quote !== "'") {
      const next = text[++at];
      // Inside of double quotes a backslash means something before these only, as in a shell.
      word = (word ?? '') + (quote === '"' && !/["\\$]/.test(next ?? '') ? '\\' : '') + (next ?? '');
    } else if (quote !== '' ? character === quote : character === '"' || character === "'") {
      quote = quote === '' ? character : '';
      word ??= '';
    } else if (character === '$' && quote !== "'") {
      const { value, length } = readVariable(text.slice(at), environment);
      word = (word ?? '') + value;
      at += length - 1;
    } else if (quote === '' && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  if (quote !== '') refuse(`a quotation mark ${quote} has no partner`);
  if (word !== undefined) words.push(word);
  return words;
}

function readVariable(text: string, environment: readonly string[]): { value: string; length: number } {
  const [whole, plain, braced, operator, word = ''] =
    /^\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?:(:[-+])([^}$]*))?\})/.exec(text) ?? [];
  if (whole === undefined) return text.startsWith('${') ? refuse('a ${ begins no variable') : { value: '$', length: 1 };
  const name = `${plain ?? braced}=`;
  const value = environment.findLast((entry) => entry.startsWith(name))?.slice(name.length) ?? '';
  if (operator === ':-') return { value: value === '' ? word : value, length: whole.length };
  if (operator === ':+') return { value: value === '' ? '' : word, length: whole.length };
  return { value, length: whole.length };
}

/** One text with its variables replaced. */
export const expand = (text: string, environment: readonly string[]): string => splitWords(text, environment).join(' ');

/** `a=1 b="2 3"`, or the old form `a 1 2`. Throws `usage`. */
export function pairs(text: string, environment: readonly string[]): [string, string][] {
  const [, oldName, oldValue] = /^([^\s=]+)\s+(.*)$/s.exec(text) ?? [];
  if (oldName !== undefined) return [[oldName, expand(oldValue!, environment)]];
  return splitWords(text, environment).map((word) => {
    const equals = word.indexOf('=');
    if (equals <= 0) refuse(`${JSON.stringify(word)} is not of the form name=value`);
    return [word.slice(0, equals), word.slice(equals + 1)];
  });
}

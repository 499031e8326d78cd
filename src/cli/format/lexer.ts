// A template into words: text between actions, and what stands inside `{{ }}` (Go's text/template, "Text and spaces" and
// "Actions"). The parser reads them one by one.
import { formatError, type Place } from './error.ts';
import { parseNumber, unquote } from './literals.ts';

export type Word =
  | { readonly kind: 'text'; readonly place: Place; readonly spaced: false; readonly text: string }
  | { readonly kind: 'open' | 'close' | 'dot'; readonly place: Place; readonly spaced: boolean }
  | {
      readonly kind: 'field' | 'variable' | 'identifier';
      readonly place: Place;
      readonly spaced: boolean;
      readonly text: string;
    }
  | { readonly kind: 'literal'; readonly place: Place; readonly spaced: boolean; readonly value: string | number }
  | {
      readonly kind: 'sign';
      readonly place: Place;
      readonly spaced: boolean;
      readonly text: '(' | ')' | '|' | ',' | '=' | ':=';
    };

const inAction =
  /(?<close>\s-\}\}|\}\})|(?<space>\s+)|(?<string>"(?:[^"\\\n]|\\.)*")|(?<raw>`[^`]*`)|(?<char>'(?:[^'\\\n]|\\.)+')|(?<number>[+-]?\.?\d[\w.]*(?:(?<=[eE])[+-]\d+)?)|(?<field>\.[\p{L}_][\p{L}\p{Nd}_]*)|(?<variable>\$[\p{L}\p{Nd}_]*)|(?<identifier>[\p{L}_][\p{L}\p{Nd}_]*)|(?<dot>\.)|(?<sign>:=|[()|,=])/uy;

/** Throws `usage`. */
export function* words(source: string): Generator<Word> {
  let position = 0;
  let trimNext = false;
  while (true) {
    const found = source.indexOf('{{', position);
    const end = found === -1 ? source.length : found;
    const trims = /^\{\{-\s/.test(source.slice(found, found + 4)) && found !== -1;
    let text = source.slice(position, end);
    if (trimNext) text = text.trimStart();
    if (trims) text = text.trimEnd();
    if (text !== '') yield { kind: 'text', place: position, spaced: false, text };
    if (found === -1) return;
    position = end + (trims ? '{{- '.length : '{{'.length);
    const comment = source.startsWith('/*', position) ? readComment(source, end, position) : undefined;
    if (comment !== undefined) {
      ({ position, trimNext } = comment);
      continue;
    }
    yield { kind: 'open', place: end, spaced: false };
    for (let spaced = false; ; ) {
      const { word, next } = readWord(source, end, position, spaced);
      if (word?.kind === 'close') trimNext = source[next - 3] === '-' && /\s/.test(source[next - 4]!);
      position = next;
      spaced = word === undefined;
      if (word !== undefined) yield word;
      if (word?.kind === 'close') break;
    }
  }
}

/** Go lets nothing but the comment stand in its action. */
function readComment(source: string, open: Place, position: Place): { position: Place; trimNext: boolean } {
  const end = source.indexOf('*/', position);
  if (end === -1) throw formatError(source, open, 'a comment does not end');
  const close = /^(?:(\s-)|)\}\}/.exec(source.slice(end + 2));
  if (close === null) throw formatError(source, end, 'a comment must fill its action: {{/* … */}}');
  return { position: end + 2 + close[0].length, trimNext: close[1] !== undefined };
}

/** The next word of an action, or undefined for space. */
function readWord(source: string, open: Place, place: Place, spaced: boolean): { word?: Word; next: Place } {
  inAction.lastIndex = place;
  const match = inAction.exec(source);
  if (match === null) throw formatError(source, place >= source.length ? open : place, wrongWord(source, place));
  const next = inAction.lastIndex;
  const at = { place, spaced };
  const [name, text] = Object.entries(match.groups!).find(([, text]) => text !== undefined)!;
  switch (name) {
    case 'space':
      return { next };
    case 'close':
    case 'dot':
      return { word: { kind: name, ...at }, next };
    case 'field':
    case 'variable':
      return { word: { kind: name, ...at, text: text!.slice(1) }, next };
    case 'identifier':
      return { word: { kind: name, ...at, text: text! }, next };
    case 'sign':
      return { word: { kind: name, ...at, text: text as '(' }, next };
    default: {
      const value = literal(name, text!);
      if (value === undefined) throw formatError(source, place, `${text} is no ${name}`);
      return { word: { kind: 'literal', ...at, value }, next };
    }
  }
}

function literal(kind: string, text: string): string | number | undefined {
  if (kind === 'number') return parseNumber(text);
  if (kind === 'raw') return text.slice(1, -1).replaceAll('\r', '');
  const inside = unquote(text.slice(1, -1));
  if (kind === 'string' || inside === undefined) return inside;
  return [...inside].length === 1 ? inside.codePointAt(0) : undefined;
}

function wrongWord(source: string, place: Place): string {
  if (place >= source.length) return 'the action does not end with }}';
  const character = source[place]!;
  if ('"`\''.includes(character)) return `the quote ${character} is not closed`;
  return `${JSON.stringify(character)} means nothing here`;
}

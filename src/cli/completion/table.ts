// What there is to complete, worked out once for all shells from the tables of the verbs: after which words come which verbs and flags,
// and what stands in the place of each flag's value and each operand.
import { type Flag, flagsOf, type Verb } from '../flags.ts';

/** What may stand somewhere: names of the store, files, one of a few words (`words:text,json`), or what nobody can guess. */
export type Kind = 'container' | 'image' | 'network' | 'object' | 'copy' | 'file' | 'none' | `words:${string}`;

export interface CompletedFlag {
  /** With its dashes, the short form too. */
  readonly words: readonly string[];
  readonly summary: string;
  /** Of a flag that takes a value as the next word. */
  readonly value?: Kind;
}

/** A place on the command line: after nothing, after a group's name, or after a verb. */
export interface Place {
  /** `image ls`; empty at the beginning. */
  readonly name: string;
  /** What may come next, with what it does, where verbs come next. */
  readonly verbs: readonly { readonly name: string; readonly summary: string }[];
  readonly flags: readonly CompletedFlag[];
  /** By their places; the last one stands for all that follow. */
  readonly operands: readonly Kind[];
  /** What follows the first operand is the container's. */
  readonly endsAtOperand: boolean;
}

/** @param all Verbs of a group have its name before theirs. @param summaries Of the groups. */
export function completionTable(
  all: readonly Verb[],
  globalFlags: readonly Flag[],
  summaries: ReadonlyMap<string, string> = new Map(),
): Place[] {
  const verbs = new Map<string, Map<string, string>>([['', new Map()]]);
  for (const { name, summary } of all) {
    const [first = '', second] = name.split(' ');
    if (second === undefined) verbs.get('')!.set(first, summary);
    else {
      verbs.get('')!.set(first, summaries.get(first) ?? '');
      verbs.set(first, (verbs.get(first) ?? new Map<string, string>()).set(second, summary));
    }
  }
  const places = [...verbs].map(([name, inside]): Place => {
    const flags = (name === '' ? globalFlags : []).map(completedFlag);
    const next = [...inside].map(([verb, summary]) => ({ name: verb, summary }));
    return { name, verbs: next, flags, operands: [], endsAtOperand: false };
  });
  return [
    ...places,
    ...all.map((verb) => ({
      name: verb.name,
      verbs: [],
      flags: flagsOf(verb)
        .filter(({ aliasOf }) => aliasOf === undefined)
        .map(completedFlag),
      operands: operandsOf(verb.operands),
      endsAtOperand: verb.endsAtOperand === true,
    })),
  ];
}

function completedFlag({ name, short, kind, value, summary, implied }: Flag): CompletedFlag {
  const words = [`--${name}`, ...(short === undefined ? [] : [`-${short}`])];
  // One that can do without a value takes it only after `=`.
  if (kind === 'switch' || implied !== undefined) return { words, summary };
  return { words, summary, value: valueKind(value) };
}

function valueKind(value = ''): Kind {
  if (/^[a-z-]+(?:\|[a-z-]+)+$/.test(value) && !value.includes('number')) return `words:${value.replaceAll('|', ',')}`;
  if (value === 'network') return 'network';
  return /^(?:file|folder|path)/.test(value) ? 'file' : 'none';
}

/** @param text As --help shows them: `CONTAINER…`, `SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]`, `bash|zsh|fish`. */
export function operandsOf(text: string): Kind[] {
  const words = text.split(' ').filter((word) => word !== '');
  const kinds = words.map((word): Kind => {
    if (/^\[?[a-z]+(?:\|[a-z]+)+\]?$/.test(word)) return `words:${word.replace(/[[\]]/g, '').replaceAll('|', ',')}`;
    if (/CONTAINER:/.test(word)) return 'copy';
    if (/CONTAINER/.test(word)) return 'container';
    if (/NETWORK/.test(word)) return 'network';
    if (/IMAGE|REPOSITORY|^\[?NAME\[:TAG\]/.test(word)) return 'image';
    if (/^\[?NAME…/.test(word)) return 'object';
    return /FILE|PATH|COMMAND|ARGUMENT/.test(word) ? 'file' : 'none';
  });
  return words.length === 0 || words.at(-1)!.includes('…') ? kinds : [...kinds, 'none'];
}

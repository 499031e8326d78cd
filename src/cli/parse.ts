// Parses a command line by a verb's table, in Docker's manner: `-it`, `-eKEY=VALUE`, `--flag=value`, `--rm=false`, `--`, and for
// `run` nothing after the image is ours. node:util's parseArgs splits the words; the table decides what they mean.
import { parseArgs } from 'node:util';
import { TsdockerError } from '../error.ts';
import { type Flag, flagsOf, type Parsed, type Verb } from './flags.ts';
import { nearest } from './nearest.ts';

const isTrue = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const isFalse = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

/** A complaint about a verb's command line, with where to read about it. */
export function usageError(verb: Verb, message: string, hint?: string): TsdockerError {
  const help = `see tsdocker ${verb.name === '' ? '' : `${verb.name} `}--help`;
  return new TsdockerError('usage', message, {
    hint: hint === undefined ? help : `${hint}${hint.endsWith('?') ? '' : ';'} ${help}`,
  });
}

/** Takes flags as long as they go; what follows the last one may be operands and more flags, or the container's command. */
export function parseCommandLine(verb: Verb, words: readonly string[]): Parsed {
  const flags = flagsOf(verb);
  const switches = new Map<string, boolean>();
  const values = new Map<string, string>();
  const lists = new Map<string, string[]>();
  const operands: string[] = [];
  const end = verb.endsAtOperand === true ? findFirstOperand(flags, words) : words.length;

  const { tokens } = parseArgs({
    args: spellOut(flags, words.slice(0, end)),
    options: optionsOf(flags),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const flag = flags.find(({ name }) => name === token.name);
    if (flag === undefined) throw unknownFlag(verb, flags, token.rawName);
    const name = flag.aliasOf ?? flag.name;
    if (flag.kind === 'switch') switches.set(name, readSwitch(verb, flag, token.value));
    else {
      // `-m=64m` is `-m 64m`, as in Docker; parseArgs would keep the `=`.
      const glued = token.inlineValue === true && !token.rawName.startsWith('--');
      const value = (glued ? token.value?.replace(/^=/, '') : token.value) ?? flag.implied;
      if (value === undefined) throw usageError(verb, `the flag ${token.rawName} needs a value`);
      if (flag.kind === 'list') lists.set(name, [...(lists.get(name) ?? []), value]);
      else values.set(name, value);
    }
  }
  operands.push(...words.slice(end));
  if (switches.get('help') !== true) checkCount(verb, operands);
  return { switches, values, lists, operands };
}

/** `-i=false` in its long form; parseArgs would take it for a group of switches. */
const spellOut = (flags: readonly Flag[], words: readonly string[]): string[] =>
  words.map((word) => {
    const [, short, value] = /^-(\w)=(\w*)$/.exec(word) ?? [];
    const flag = flags.find((each) => each.kind === 'switch' && each.short !== undefined && each.short === short);
    return flag === undefined ? word : `--${flag.name}=${value}`;
  });

function optionsOf(flags: readonly Flag[]) {
  return Object.fromEntries(
    flags.map((flag) => [
      flag.name,
      // A flag with an implied value takes one only after `=`; so does a switch.
      {
        type: flag.kind === 'switch' || flag.implied !== undefined ? ('boolean' as const) : ('string' as const),
        ...(flag.short === undefined ? {} : { short: flag.short }),
      },
    ]),
  );
}

/** Where the flags end: the index of the first word that is neither a flag nor a flag's value. */
function findFirstOperand(flags: readonly Flag[], words: readonly string[]): number {
  const { tokens } = parseArgs({
    args: spellOut(flags, words),
    options: optionsOf(flags),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const first = tokens.find(({ kind }) => kind === 'positional' || kind === 'option-terminator');
  if (first === undefined) return words.length;
  return first.kind === 'positional' ? first.index : first.index + 1;
}

function readSwitch(verb: Verb, flag: Flag, value: string | undefined): boolean {
  if (value === undefined || isTrue.has(value)) return true;
  if (isFalse.has(value)) return false;
  throw usageError(verb, `the flag --${flag.name} is either true or false, not ${JSON.stringify(value)}`);
}

function unknownFlag(verb: Verb, flags: readonly Flag[], written: string): TsdockerError {
  const shown = flags.filter(({ aliasOf }) => aliasOf === undefined).map(({ name }) => `--${name}`);
  const close = nearest(written, shown);
  return usageError(
    verb,
    `unknown flag ${written}${verb.name === '' ? '' : ` for ${verb.name}`}`,
    close === undefined ? undefined : `did you mean ${close}?`,
  );
}

function checkCount(verb: Verb, operands: readonly string[]): void {
  const wanted = `tsdocker ${verb.name} [flags] ${verb.operands}`.trim();
  if (operands.length < verb.least) throw usageError(verb, `${verb.name} needs more words`, `write it as: ${wanted}`);
  if (operands.length > verb.most)
    throw usageError(
      verb,
      `${verb.name} does not take the word ${JSON.stringify(operands[verb.most])}`,
      `write it as: ${wanted}`,
    );
}

// The command line's first words: flags of tsdocker itself, then a verb, or a group and its verb (Docker's CLI: `docker [OPTIONS]
// COMMAND`).
import { ownVersion } from '../engine/own-version.ts';
import { TsdockerError } from '../error.ts';
import type { Flag, Verb } from './flags.ts';
import { groupHelp, mainHelp, verbHelp } from './help.ts';
import { nearest } from './nearest.ts';
import { parseCommandLine } from './parse.ts';
import { type Entry, type Group, type VerbEntry, verbs } from './verbs.ts';

export const globalFlags: readonly Flag[] = [
  { name: 'root', kind: 'value', value: 'folder', summary: 'The store (default $TSDOCKER_ROOT, or /var/lib/tsdocker)' },
  { name: 'debug', short: 'D', kind: 'switch', summary: 'Print where an error comes from' },
  { name: 'version', short: 'v', kind: 'switch', summary: 'Print the version' },
  { name: 'help', short: 'h', kind: 'switch', summary: 'Print this and end' },
];

const globalVerb: Verb = {
  name: '',
  summary: '',
  operands: 'VERB …',
  least: 0,
  most: Number.POSITIVE_INFINITY,
  endsAtOperand: true,
  flags: globalFlags.filter(({ name }) => name !== 'help'),
};

/** Whether errors are to be printed with where they come from; known as soon as the flags are read. */
export const debugging = { on: false };

/** Whether the verb that was called leaves nothing in Node.js's streams. */
export const printing = { isDone: false };

/** Runs one command line and returns its exit status. Throws TsdockerError. */
export async function runCli(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const parsed = parseCommandLine(globalVerb, words);
  debugging.on = parsed.switches.get('debug') === true;
  if (parsed.switches.get('version') === true) return print(`tsdocker version ${ownVersion}\n`);
  const [name, ...rest] = parsed.operands;
  if (name === undefined) return print(mainHelp(verbs, globalFlags));
  if (name === 'help') return help(rest);
  if (parsed.switches.get('help') === true) return help([name, ...rest]);
  const found = find(name, rest);
  if ('group' in found) return print(groupHelp(found.group));
  const { verb, command } = await loadVerb(found);
  const line = parseCommandLine(verb, found.rest);
  if (line.switches.get('help') === true) return print(verbHelp(verb));
  printing.isDone = command.printsAtOnce === true;
  return command.call(line, { root: parsed.values.get('root') ?? environment.TSDOCKER_ROOT ?? '/var/lib/tsdocker' });
}

interface FoundVerb {
  /** `ps`, or `container ls`. */
  readonly path: string;
  readonly entry: VerbEntry;
  readonly rest: readonly string[];
}

/** The verb that the words mean, or the group whose help is wanted. Throws `unknownVerb`. */
function find(name: string, rest: readonly string[]): FoundVerb | { readonly group: Group } {
  const entry = findEntry(name, verbs, '');
  if ('load' in entry) return { path: name, entry, rest };
  const parsed = parseCommandLine({ ...globalVerb, name, flags: [] }, rest);
  const [second, ...others] = parsed.operands;
  if (second === undefined || parsed.switches.get('help') === true) return { group: entry };
  const verb = findEntry(second, entry.verbs, `${name} `);
  return { path: `${name} ${verb.name}`, entry: verb, rest: others };
}

/** @param before The group's name and a space; nothing for the verbs themselves. */
function findEntry<T extends Entry>(name: string, entries: readonly T[], before: string): T {
  const found = entries.find((entry) => entry.name === name || ('aliases' in entry && entry.aliases?.includes(name)));
  if (found !== undefined) return found;
  const close = nearest(
    name,
    entries.map((entry) => entry.name),
  );
  const all = `tsdocker ${before}--help lists them all`;
  throw new TsdockerError('unknownVerb', `there is no verb ${before}${name}`, {
    hint: close === undefined ? all : `did you mean ${before}${close}? ${all}`,
  });
}

/** The command, and its table under the name by which it was called. */
async function loadVerb({ path, entry }: FoundVerb) {
  const { command } = await entry.load();
  return { command, verb: { ...command.verb, name: path } };
}

/** @param words Of which verb or group; all that follows says nothing more. */
async function help([name, ...rest]: readonly string[]): Promise<number> {
  if (name === undefined) return print(mainHelp(verbs, globalFlags));
  const found = find(name, rest);
  return print('group' in found ? groupHelp(found.group) : verbHelp((await loadVerb(found)).verb));
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

// The command line's first word: flags of tsdocker itself, then a verb (Docker's CLI: `docker [OPTIONS] COMMAND`).
import { TsdockerError } from '../error.ts';
import type { Flag, Verb } from './flags.ts';
import { mainHelp, verbHelp } from './help.ts';
import { nearest } from './nearest.ts';
import { parseCommandLine } from './parse.ts';
import { verbs } from './verbs.ts';

const globalFlags: readonly Flag[] = [
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

/** Runs one command line and returns its exit status. Throws TsdockerError. */
export async function runCli(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const parsed = parseCommandLine(globalVerb, words);
  debugging.on = parsed.switches.get('debug') === true;
  const [name, ...rest] = parsed.switches.get('version') === true ? ['version'] : parsed.operands;
  if (parsed.switches.get('help') === true || name === undefined || name === 'help') return help(rest[0]);
  const { command } = await findVerb(name).load();
  const line = parseCommandLine(command.verb, rest);
  if (line.switches.get('help') === true) return help(name);
  return command.call(line, { root: parsed.values.get('root') ?? environment.TSDOCKER_ROOT ?? '/var/lib/tsdocker' });
}

function findVerb(name: string) {
  const found = verbs.find((verb) => verb.name === name);
  if (found !== undefined) return found;
  const close = nearest(
    name,
    verbs.map((verb) => verb.name),
  );
  const all = 'tsdocker --help lists them all';
  throw new TsdockerError('unknownVerb', `there is no verb ${name}`, {
    hint: close === undefined ? all : `did you mean ${close}? ${all}`,
  });
}

async function help(name: string | undefined): Promise<number> {
  if (name === undefined) process.stdout.write(mainHelp(verbs, globalFlags));
  else process.stdout.write(verbHelp((await findVerb(name).load()).command.verb));
  return 0;
}

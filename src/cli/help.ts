// What --help prints, laid out as Docker's users know it.
import { type Flag, flagsOf, type Verb } from './flags.ts';

/** `  -m, --memory bytes` */
export function flagLabel({ short, name, kind, value, implied }: Flag): string {
  const shown = kind === 'switch' ? '' : implied === undefined ? ` ${value ?? 'string'}` : `[=${value ?? 'string'}]`;
  return `${short === undefined ? '   ' : `-${short},`} --${name}${shown}`;
}

/** The flags a person is shown: by name, without aliases. */
export const shownFlags = (verb: Verb): Flag[] =>
  flagsOf(verb)
    .filter(({ aliasOf }) => aliasOf === undefined)
    .sort((a, b) => a.name.localeCompare(b.name));

export function verbHelp(verb: Verb): string {
  const flags = shownFlags(verb).map((flag) => ({ label: flagLabel(flag), summary: flag.summary }));
  const width = Math.max(...flags.map(({ label }) => label.length));
  const lines = [
    `Usage:  tsdocker ${verb.name} [flags] ${verb.operands}`.trimEnd(),
    '',
    verb.summary,
    '',
    'Flags:',
    ...flags.map(({ label, summary }) => `  ${label.padEnd(width)}   ${summary}`),
  ];
  if (verb.examples !== undefined) lines.push('', 'Examples:', ...verb.examples.map((example) => `  ${example}`));
  return `${lines.join('\n')}\n`;
}

export interface VerbSummary {
  readonly name: string;
  readonly summary: string;
}

export function mainHelp(verbs: readonly VerbSummary[], flags: readonly Flag[]): string {
  const width = Math.max(...verbs.map(({ name }) => name.length));
  const labels = flags.map((flag) => ({ label: flagLabel(flag), summary: flag.summary }));
  const flagWidth = Math.max(...labels.map(({ label }) => label.length));
  return `Usage:  tsdocker [flags] VERB …

A container engine for Linux

Verbs:
${verbs.map(({ name, summary }) => `  ${name.padEnd(width)}   ${summary}`).join('\n')}

Flags:
${labels.map(({ label, summary }) => `  ${label.padEnd(flagWidth)}   ${summary}`).join('\n')}

tsdocker VERB --help tells about a verb.
`;
}

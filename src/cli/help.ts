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
  const lines = [
    `Usage:  tsdocker ${verb.name} [flags] ${verb.operands}`.trimEnd(),
    '',
    verb.summary,
    '',
    'Flags:',
    listed(shownFlags(verb).map((flag) => ({ label: flagLabel(flag), summary: flag.summary }))),
  ];
  if (verb.examples !== undefined) lines.push('', 'Examples:', ...verb.examples.map((example) => `  ${example}`));
  return `${lines.join('\n')}\n`;
}

export interface VerbSummary {
  readonly name: string;
  readonly summary: string;
}

const listed = (entries: readonly { readonly label: string; readonly summary: string }[]): string => {
  const width = Math.max(...entries.map(({ label }) => label.length));
  return entries.map(({ label, summary }) => `  ${label.padEnd(width)}   ${summary}`).join('\n');
};
const asListed = (verbs: readonly VerbSummary[]) => verbs.map(({ name, summary }) => ({ label: name, summary }));

/** @param entries Verbs, and groups of them, which stand by themselves. */
export function mainHelp(
  entries: readonly (VerbSummary & { readonly verbs?: unknown })[],
  flags: readonly Flag[],
): string {
  const groups = entries.filter(({ verbs }) => verbs !== undefined);
  return `Usage:  tsdocker [flags] VERB …

A container engine for Linux

Verbs:
${listed(asListed(entries.filter(({ verbs }) => verbs === undefined)))}
${groups.length === 0 ? '' : `\nGroups of verbs:\n${listed(asListed(groups))}\n`}
Flags:
${listed(flags.map((flag) => ({ label: flagLabel(flag), summary: flag.summary })))}

tsdocker VERB --help tells about a verb.
`;
}

export function groupHelp({ name, summary, verbs }: VerbSummary & { readonly verbs: readonly VerbSummary[] }): string {
  return `Usage:  tsdocker ${name} VERB …

${summary}

Verbs:
${listed(asListed(verbs))}

tsdocker ${name} VERB --help tells about a verb.
`;
}

// The reference page, docs/reference.md: every verb and flag, from the tables. `npm run docs` writes it, a test holds it.
import type { NamedVerb } from './all-verbs.ts';
import { flagLabel, shownFlags } from './help.ts';

/** In a table a bar ends the cell, even within a code span (GitHub Flavored Markdown, 4.10). */
const cell = (text: string): string => text.replaceAll('|', '\\|');

function section({ verb, sameAs }: NamedVerb): string {
  if (sameAs !== undefined) {
    const anchor = `tsdocker-${sameAs.replaceAll(' ', '-')}`;
    return `## tsdocker ${verb.name}\n\nThe same as [tsdocker ${sameAs}](#${anchor}).\n`;
  }
  const rows = shownFlags(verb).map((flag) => `| \`${cell(flagLabel(flag).trim())}\` | ${cell(flag.summary)} |`);
  const examples = verb.examples === undefined ? '' : `\n\`\`\`\n${verb.examples.join('\n')}\n\`\`\`\n`;
  return `## tsdocker ${verb.name}

${verb.summary}.

\`${`tsdocker ${verb.name} [flags] ${verb.operands}`.trim()}\`

| flag | |
|---|---|
${rows.join('\n')}
${examples}`;
}

export function referencePage(verbs: readonly NamedVerb[]): string {
  return `# Reference

Made by \`npm run docs\` from the tables in \`src/cli/\`. Before a verb stand \`--root FOLDER\` (the store; default \`$TSDOCKER_ROOT\`, or
\`/var/lib/tsdocker\`), \`--debug\`, \`--version\` and \`--help\`.

Exit status: the command's own; 128 and its number where a signal ended it; 125 where tsdocker failed, 126 where the command
cannot be executed, 127 where it does not exist; 1 for an unknown verb.

${verbs.map(section).join('\n')}`;
}

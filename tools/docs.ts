// Writes docs/reference.md from the tables of verbs and flags.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { referencePage } from '../src/cli/reference.ts';
import { verbs } from '../src/cli/verbs.ts';

const commands = await Promise.all(verbs.map((verb) => verb.load()));
writeFileSync(
  join(import.meta.dirname, '../docs/reference.md'),
  referencePage(commands.map(({ command }) => command.verb)),
);

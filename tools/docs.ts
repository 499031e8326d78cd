// Writes docs/reference.md from the tables of verbs and flags.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allVerbs } from '../src/cli/all-verbs.ts';
import { referencePage } from '../src/cli/reference.ts';

writeFileSync(join(import.meta.dirname, '../docs/reference.md'), referencePage(await allVerbs()));

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { referencePage } from './reference.ts';
import { verbs } from './verbs.ts';

test('docs/reference.md says what the tables say', async () => {
  const commands = await Promise.all(verbs.map((verb) => verb.load()));
  const page = readFileSync(join(import.meta.dirname, '../../docs/reference.md'), 'utf8');
  expect(page, 'run npm run docs').toBe(referencePage(commands.map(({ command }) => command.verb)));
});

test('each verb is listed with the summary it has', async () => {
  for (const { name, summary, load } of verbs) expect((await load()).command.verb).toMatchObject({ name, summary });
});

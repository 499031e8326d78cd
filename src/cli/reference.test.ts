import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allVerbs } from './all-verbs.ts';
import { referencePage } from './reference.ts';
import { verbs } from './verbs.ts';

test('docs/reference.md says what the tables say', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/reference.md'), 'utf8');
  expect(page, 'run npm run docs').toBe(referencePage(await allVerbs()));
});

test('a verb that does what another does is not told of twice', () => {
  const verb = { name: 'images', summary: 'List images', operands: '', least: 0, most: 0, flags: [] };
  const page = referencePage([{ verb }, { verb: { ...verb, name: 'image ls' }, sameAs: 'images' }]);
  expect(page).toContain('## tsdocker image ls\n\nThe same as [tsdocker images](#tsdocker-images).\n');
});

const entries = verbs.flatMap((entry) =>
  'load' in entry ? [{ group: '', ...entry }] : entry.verbs.map((each) => ({ group: `${entry.name} `, ...each })),
);

test.each(entries)('$group$name is listed with the summary it has', async ({ group, name, summary, load }) => {
  const { verb } = (await load()).command;
  expect(verb.summary).toBe(summary);
  // A verb of a group may be one of the others under a second name.
  const names = [`${group}${name}`, ...verbs.filter((entry) => 'load' in entry).map((entry) => entry.name)];
  expect(names).toContain(verb.name);
});

test('no two verbs have one name', () => {
  for (const each of [verbs, ...verbs.flatMap((entry) => ('verbs' in entry ? [entry.verbs] : []))]) {
    const names = each.flatMap((entry) => [entry.name, ...('aliases' in entry ? (entry.aliases ?? []) : [])]);
    expect(new Set(names).size).toBe(names.length);
  }
});

import { expect, test } from 'vitest';
import type { Verb } from './flags.ts';
import { groupHelp, mainHelp, shownFlags, verbHelp } from './help.ts';
import { runVerb } from './run-flags.ts';

const verb: Verb = {
  name: 'pull',
  summary: 'Pull an image',
  operands: 'IMAGE',
  least: 1,
  most: 1,
  flags: [
    { name: 'quiet', short: 'q', kind: 'switch', summary: 'Say less' },
    { name: 'platform', kind: 'value', value: 'platform', summary: 'Which platform' },
    { name: 'arch', kind: 'value', aliasOf: 'platform', summary: '' },
    { name: 'explain', kind: 'value', value: 'text|json', implied: 'text', summary: 'Say more' },
  ],
  examples: ['tsdocker pull alpine'],
};

test('the help of a verb has its flags in order, without aliases', () => {
  expect(verbHelp(verb)).toBe(`Usage:  tsdocker pull [flags] IMAGE

Pull an image

Flags:
      --explain[=text|json]   Say more
  -h, --help                  Print this and end
      --platform platform     Which platform
  -q, --quiet                 Say less

Examples:
  tsdocker pull alpine
`);
});

test('the main help lists verbs and flags', () => {
  expect(
    mainHelp(
      [{ name: 'pull', summary: 'Pull an image' }],
      [{ name: 'debug', short: 'D', kind: 'switch', summary: 'Say all' }],
    ),
  ).toBe(`Usage:  tsdocker [flags] VERB …

A container engine for Linux

Verbs:
  pull   Pull an image

Flags:
  -D, --debug   Say all

tsdocker VERB --help tells about a verb.
`);
});

test('the main help lists groups by themselves', () => {
  const entries = [
    { name: 'pull', summary: 'Pull an image' },
    { name: 'image', summary: 'Manage images', verbs: [] },
  ];
  expect(mainHelp(entries, [{ name: 'debug', kind: 'switch', summary: 'Say all' }])).toContain(
    '\nVerbs:\n  pull   Pull an image\n\nGroups of verbs:\n  image   Manage images\n\nFlags:\n',
  );
});

test('the help of a group lists its verbs', () => {
  expect(
    groupHelp({ name: 'image', summary: 'Manage images', verbs: [{ name: 'ls', summary: 'List images' }] }),
  ).toBe(`Usage:  tsdocker image VERB …

Manage images

Verbs:
  ls   List images

tsdocker image VERB --help tells about a verb.
`);
});

test('no two flags of run share a name or a letter, and each has something to say', () => {
  const shown = shownFlags(runVerb);
  const names = runVerb.flags.map(({ name }) => name);
  const letters = shown.flatMap(({ short }) => short ?? []);
  expect(new Set(names).size).toBe(names.length);
  expect(new Set(letters).size).toBe(letters.length);
  for (const { name, summary } of shown) expect(summary, name).toMatch(/^\S.*[^.]$/);
});

test('an alias leads to a flag of the same kind', () => {
  for (const { name, aliasOf, kind } of runVerb.flags.filter((flag) => flag.aliasOf !== undefined)) {
    expect(runVerb.flags.find((flag) => flag.name === aliasOf)?.kind, name).toBe(kind);
  }
});

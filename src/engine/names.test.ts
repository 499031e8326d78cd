import { expect, test } from 'vitest';
import { adjectives, persons } from './name-words.ts';
import { generateName } from './names.ts';

test('a name is an adjective and a person', () => {
  const [adjective = '', person = ''] = generateName(() => false).split('_');
  expect(adjectives).toContain(adjective);
  expect(persons).toContain(person);
});

test('the lists are long, without repetition, and of plain letters', () => {
  expect(adjectives.length).toBeGreaterThanOrEqual(80);
  expect(persons.length).toBeGreaterThanOrEqual(150);
  for (const words of [adjectives, persons]) {
    expect(new Set(words).size).toBe(words.length);
    for (const word of words) expect(word).toMatch(/^[a-z]{2,}$/);
  }
});

test('names vary', () => {
  const names = new Set(Array.from({ length: 50 }, () => generateName(() => false)));
  expect(names.size).toBeGreaterThan(40);
});

test('a name that is taken is not given', () => {
  const taken: string[] = [];
  const name = generateName((each) => taken.push(each) < 4);
  expect(taken).toHaveLength(4);
  expect(name).toBe(taken.at(-1));
});

test('where pairs are taken again and again, digits make more', () => {
  expect(generateName((name) => !/\d$/.test(name))).toMatch(/^[a-z]+_[a-z]+\d$/);
  expect(generateName((name) => !/\d\d\d$/.test(name))).toMatch(/^[a-z]+_[a-z]+\d{3}$/);
});

test('where nothing is free, it says so', () => {
  expect(() => generateName(() => true)).toThrow('no name is free');
});

import { expect, test } from 'vitest';
import { parseNumbers } from './files.ts';

test('a file of names and numbers is read into a map', () => {
  expect([...parseNumbers('low 0\nmax 23\noom_kill 1\n')]).toEqual([
    ['low', 0],
    ['max', 23],
    ['oom_kill', 1],
  ]);
  expect([...parseNumbers('')]).toEqual([]);
});

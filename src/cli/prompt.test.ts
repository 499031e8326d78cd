import { expect, test } from 'vitest';
import { emptyLine, typed } from './prompt.ts';

test.each([
  ['sesame\r', { text: 'sesame', end: 'enter' }],
  ['sesame\nmore', { text: 'sesame', end: 'enter' }],
  ['sesamx\x7fe\r', { text: 'sesame', end: 'enter' }],
  ['ä😀\x7f\b\x7fx\r', { text: 'x', end: 'enter' }],
  ['wrong\x15right\r', { text: 'right', end: 'enter' }],
  ['ses\x03', { text: 'ses', end: 'interrupt' }],
  ['\x04', { text: '', end: 'input' }],
  ['ses', { text: 'ses' }],
])('the keys %j make a line', (keys, expected) => {
  expect(typed(emptyLine, keys)).toEqual(expected);
  expect([...keys].reduce((line, key) => (line.end === undefined ? typed(line, key) : line), emptyLine)).toEqual(
    expected,
  );
});

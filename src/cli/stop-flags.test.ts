import { expect, test } from 'vitest';
import { parseCommandLine } from './parse.ts';
import { stopFlags, stopOptions } from './stop-flags.ts';

const of = (...words: string[]) =>
  stopOptions(
    parseCommandLine({ name: 'stop', summary: '', operands: '', least: 0, most: 1, flags: stopFlags }, words),
  );

test.each([
  [[], {}],
  [['-t', '0'], { timeout: 0 }],
  [['--timeout=3'], { timeout: 3 }],
  [['-t', '-1'], { timeout: -1 }],
  [['-s', 'hup', '--time', '5'], { timeout: 5, signal: 'SIGHUP' }],
  [['--signal', ''], {}],
])('%j', (words, options) => expect(of(...words)).toEqual(options));

test.each([
  ['-t', 'soon'],
  ['-t', '-2'],
  ['-t', '1.5'],
  ['-t', '99999999999'],
  ['-s', 'NOPE'],
])('%s %s is refused', (...words) => {
  expect(() => of(...words)).toThrow(expect.objectContaining({ code: 'usage' }));
});

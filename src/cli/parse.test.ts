import { describe, expect, test } from 'vitest';
import { exitStatusOf, TsdockerError } from '../error.ts';
import type { Verb } from './flags.ts';
import { parseCommandLine } from './parse.ts';
import { runVerb } from './run-flags.ts';

const ps: Verb = {
  name: 'ps',
  summary: '',
  operands: '[NAME]',
  least: 0,
  most: 1,
  flags: [
    { name: 'all', short: 'a', kind: 'switch', summary: '' },
    { name: 'format', kind: 'value', summary: '' },
  ],
};

const plain = (verb: Verb, words: readonly string[]) => {
  const { switches, values, lists, operands } = parseCommandLine(verb, words);
  return { ...Object.fromEntries([...switches, ...values, ...lists]), operands };
};

/** What the parse of a bad command line throws. */
function refusal(verb: Verb, words: readonly string[]): TsdockerError {
  try {
    parseCommandLine(verb, words);
  } catch (error) {
    if (error instanceof TsdockerError) return error;
    throw error;
  }
  throw new Error(`${words.join(' ')} was taken`);
}

describe('run takes, in Docker’s manner,', () => {
  test.each([
    ['alpine', { operands: ['alpine'] }],
    ['alpine ls -l --rm', { operands: ['alpine', 'ls', '-l', '--rm'] }],
    ['-it alpine sh', { interactive: true, tty: true, operands: ['alpine', 'sh'] }],
    ['-i -t alpine', { interactive: true, tty: true, operands: ['alpine'] }],
    ['--rm=false alpine', { rm: false, operands: ['alpine'] }],
    ['--rm=T alpine', { rm: true, operands: ['alpine'] }],
    ['--rm false', { rm: true, operands: ['false'] }],
    ['--rm --rm=0 alpine', { rm: false, operands: ['alpine'] }],
    ['-i=false -t=true alpine', { interactive: false, tty: true, operands: ['alpine'] }],
    [
      '-e A=1 --env B=2 -eC=3 -e=D=4 --env=E=5 alpine',
      { env: ['A=1', 'B=2', 'C=3', 'D=4', 'E=5'], operands: ['alpine'] },
    ],
    ['-ite A=1 alpine', { interactive: true, tty: true, env: ['A=1'], operands: ['alpine'] }],
    ['-iteA=1 alpine', { interactive: true, tty: true, env: ['A=1'], operands: ['alpine'] }],
    ['-tm=64m alpine', { tty: true, memory: '64m', operands: ['alpine'] }],
    ['-m 64m -m32m alpine', { memory: '32m', operands: ['alpine'] }],
    ['--memory=64m --memory-swap -1 alpine', { memory: '64m', 'memory-swap': '-1', operands: ['alpine'] }],
    ['-w=/a=b alpine', { workdir: '/a=b', operands: ['alpine'] }],
    ['--entrypoint= alpine', { entrypoint: '', operands: ['alpine'] }],
    ['--entrypoint --rm alpine', { entrypoint: '--rm', operands: ['alpine'] }],
    ['-h web alpine', { hostname: 'web', operands: ['alpine'] }],
    ['--net host alpine', { network: ['host'], operands: ['alpine'] }],
    ['-- alpine --rm', { operands: ['alpine', '--rm'] }],
    ['--rm -- alpine -- ls', { rm: true, operands: ['alpine', '--', 'ls'] }],
    ['alpine -- ls -i=false', { operands: ['alpine', '--', 'ls', '-i=false'] }],
    ['- ls', { operands: ['-', 'ls'] }],
    ['--explain alpine', { explain: 'text', operands: ['alpine'] }],
    ['--explain=json alpine', { explain: 'json', operands: ['alpine'] }],
    ['--help', { help: true, operands: [] }],
  ])('%s', (line, expected) => {
    expect(plain(runVerb, line.split(' '))).toEqual(expected);
  });

  test('words of the container that are no words', () => {
    expect(plain(runVerb, ['alpine', '', 'a b', '-e'])).toEqual({ operands: ['alpine', '', 'a b', '-e'] });
  });
});

test('other verbs take flags on either side of operands', () => {
  expect(plain(ps, ['web', '-a', '--format', 'x'])).toEqual({ all: true, format: 'x', operands: ['web'] });
  expect(plain(ps, ['--', '-a'])).toEqual({ operands: ['-a'] });
});

test('-h is --help, unless it is a flag of the verb', () => {
  expect(plain(ps, ['-h'])).toEqual({ help: true, operands: [] });
  expect(refusal(runVerb, ['-h']).message).toBe('the flag -h needs a value');
});

describe('a bad command line is refused in a line:', () => {
  test.each([
    ['--memroy 3 alpine', runVerb, 'unknown flag --memroy for run', 'did you mean --memory? see tsdocker run --help'],
    ['--tt alpine', runVerb, 'unknown flag --tt for run', 'did you mean --tty? see tsdocker run --help'],
    ['-y alpine', runVerb, 'unknown flag -y for run', 'see tsdocker run --help'],
    ['--quite-another alpine', runVerb, 'unknown flag --quite-another for run', 'see tsdocker run --help'],
    ['--__proto__ alpine', runVerb, 'unknown flag --__proto__ for run', 'see tsdocker run --help'],
    ['--no-rm alpine', runVerb, 'unknown flag --no-rm for run', undefined],
    ['--rm=maybe alpine', runVerb, 'the flag --rm is either true or false, not "maybe"', 'see tsdocker run --help'],
    ['--memory', runVerb, 'the flag --memory needs a value', 'see tsdocker run --help'],
    ['-itm', runVerb, 'the flag -m needs a value', 'see tsdocker run --help'],
    ['--rm', runVerb, 'run needs more words', undefined],
    ['one two', ps, 'ps does not take the word "two"', undefined],
  ])('%s', (line, verb, message, hint) => {
    const error = refusal(verb, line.split(' '));
    expect(error.message).toBe(message);
    if (hint !== undefined) expect(error.hint).toBe(hint);
    expect(exitStatusOf[error.code]).toBe(125);
  });
});

test('--help is heard where words are missing', () => {
  expect(parseCommandLine(runVerb, ['--rm', '--help']).switches.get('help')).toBe(true);
});

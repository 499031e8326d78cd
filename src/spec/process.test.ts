import { describe, expect, test } from 'vitest';
import { optionsWith } from '../../test/support/run-options.ts';
import { commandOf, environmentOf, rlimitsOf, withHome } from './process.ts';

describe('the command of a container', () => {
  const image = { Entrypoint: ['/entry', '-e'], Cmd: ['-c', 'default'] };
  const cases: [string, Parameters<typeof optionsWith>[0], object, string[]][] = [
    ['is the image’s entrypoint and command', {}, image, ['/entry', '-e', '-c', 'default']],
    ['is the image’s command alone', {}, { Cmd: ['sh'] }, ['sh']],
    ['is the image’s entrypoint alone', {}, { Entrypoint: ['/entry'] }, ['/entry']],
    ['takes the caller’s in place of the image’s', { command: ['-c', 'mine'] }, image, ['/entry', '-e', '-c', 'mine']],
    ['is the caller’s alone', { command: ['ls', '-l'] }, {}, ['ls', '-l']],
    ['with an entrypoint of the caller’s loses both of the image’s', { entrypoint: ['/mine'] }, image, ['/mine']],
    ['has both of the caller’s', { entrypoint: ['/mine'], command: ['x'] }, image, ['/mine', 'x']],
    ['with a cleared entrypoint is the caller’s command', { entrypoint: [], command: ['ls'] }, image, ['ls']],
    ['may be an empty word, which fails when it is looked up', { command: [''] }, {}, ['']],
  ];
  test.each(cases)('%s', (_, options, execution, expected) => {
    expect(commandOf(optionsWith(options), execution)).toEqual(expected);
  });

  test.each([
    ['nobody gave one', {}, {}],
    ['the image’s is empty', {}, { Entrypoint: [], Cmd: [] }],
    ['the caller cleared the entrypoint and gave none', { entrypoint: [] }, image],
  ])('is missing where %s', (_, options, execution) => {
    expect(() => commandOf(optionsWith({ ...options, image: 'alpine' }), execution)).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: 'no command was given, and the image alpine has none of its own',
      }),
    );
  });
});

describe('the environment of a container', () => {
  const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const cases: [string, Parameters<typeof optionsWith>[0], string[], string[]][] = [
    ['is Docker’s path and the host name', {}, [], [path, 'HOSTNAME=box']],
    ['knows its terminal', { tty: true }, [], [path, 'HOSTNAME=box', 'TERM=xterm']],
    ['takes the image’s path in the place of Docker’s', {}, ['PATH=/bin', 'A=1'], ['PATH=/bin', 'HOSTNAME=box', 'A=1']],
    ['takes the caller’s before the image’s', { env: ['A=2', 'B=3'] }, ['A=1'], [path, 'HOSTNAME=box', 'A=2', 'B=3']],
    ['takes the last of several', { env: ['A=1', 'A=2'] }, [], [path, 'HOSTNAME=box', 'A=2']],
    ['keeps an empty value', { env: ['A='] }, ['A=1'], [path, 'HOSTNAME=box', 'A=']],
    ['keeps everything after the first equals sign', { env: ['A=b=c='] }, [], [path, 'HOSTNAME=box', 'A=b=c=']],
    ['loses what has no equals sign', { env: ['A', 'PATH'] }, ['A=1', 'B=2'], ['HOSTNAME=box', 'B=2']],
    ['gets back what was lost and given again', { env: ['A', 'A=2'] }, ['A=1'], [path, 'HOSTNAME=box', 'A=2']],
    ['may pretend another host name', { env: ['HOSTNAME=x'] }, [], [path, 'HOSTNAME=x']],
    ['tells names apart by their case', { env: ['a=1'] }, ['A=1'], [path, 'HOSTNAME=box', 'A=1', 'a=1']],
  ];
  test.each(cases)('%s', (_, options, env, expected) => {
    expect(environmentOf(optionsWith(options), { Env: env }, 'box')).toEqual(expected);
  });

  test.each([
    [['A=1'], ['A=1', 'HOME=/root']],
    [['HOME=/mine'], ['HOME=/mine']],
    [['HOME='], ['HOME=']],
    [['HOMEPAGE=x'], ['HOMEPAGE=x', 'HOME=/root']],
  ])('%j gets a home where it has none', (env, expected) => {
    expect(withHome(env, '/root')).toEqual(expected);
  });
});

test('limits of resources get the names that the specification gives them', () => {
  const ulimits = [
    { name: 'nofile', soft: 1024, hard: 2048 },
    { name: 'core', soft: -1, hard: -1 },
  ];
  expect(rlimitsOf(optionsWith({ ulimits }))).toEqual([
    { type: 'RLIMIT_NOFILE', soft: 1024, hard: 2048 },
    { type: 'RLIMIT_CORE', soft: -1, hard: -1 },
  ]);
  expect(rlimitsOf(optionsWith({}))).toEqual([]);
});

import { describe, expect, test } from 'vitest';
import { describeProgram, explainProgram, showArgument } from './explain.ts';
import { flags, memory, named, type Phase, ProgramBuilder, strings } from './program.ts';

function smallProgram(): [Phase, Phase] {
  const first = new ProgramBuilder();
  first.group('namespaces');
  const folder = first.call('opening a folder', 'openat', [-100, '/a "b"\n', flags(['O_PATH', 1], ['O_CLOEXEC', 2])], {
    as: 'folder',
  });
  first.call('cloning', 'clone3', [memory('{flags=…}', [8, 0]), 8], { as: 'pid', branch: true });
  first.group('mounts');
  first.call('entering it', 'fchdir', [folder], { accepted: ['ENOENT', 'ENOTDIR'] });
  const nameless = first.call('asking', 'getpid', []);
  first.call('telling', 'tell', [nameless, 7n]);
  const second = new ProgramBuilder(first.wait('for the other side').steps.length);
  second.group('mounts');
  second.call('executing', 'execve', ['/bin/sh', strings(['sh', '-c', 'a b']), strings([])]);
  return [first.end(), second.end()];
}

test('a program is told by mechanism, one line a step, with its two processes', () => {
  expect(explainProgram(smallProgram())).toMatchInlineSnapshot(`
    "host program: in a helper of the shim, on the host’s side
      namespaces
        0  openat(-100, "/a \\"b\\"\\n", O_PATH|O_CLOEXEC) = <folder>                                # opening a folder
        1  clone3({flags=…}, 8) = <pid>                                                           # cloning

    container program: in the clone, which is a process of the container
      mounts
        2  fchdir(<folder>)                                                                       # entering it, or ENOENT, ENOTDIR
        3  getpid()                                                                               # asking
        4  tell(<#3>, 7)                                                                          # telling
        5  wait — for the other side
        6  execve("/bin/sh", ["sh", "-c", "a b"], [])                                             # executing
    "
  `);
});

test('a program as data has the same steps, with the names of results', () => {
  expect(describeProgram(smallProgram())).toMatchObject([
    {
      phase: 1,
      steps: [
        {
          number: 0,
          call: 'openat',
          args: ['-100', '"/a \\"b\\"\\n"', 'O_PATH|O_CLOEXEC'],
          branch: false,
          result: 'folder',
        },
        { number: 1, call: 'clone3', branch: true, result: 'pid' },
        { number: 2, call: 'fchdir', args: ['<folder>'], accepted: ['ENOENT', 'ENOTDIR'], result: null },
        { number: 3, call: 'getpid', group: 'mounts', why: 'asking' },
        { number: 4, call: 'tell', args: ['<#3>', '7'] },
        { number: 5, call: 'wait', why: 'for the other side' },
      ],
    },
    { phase: 2, steps: [{ number: 6, call: 'execve' }] },
  ]);
  expect(JSON.parse(JSON.stringify(describeProgram(smallProgram())))).toEqual(describeProgram(smallProgram()));
});

describe('an argument', () => {
  test.each([
    ['a number', -1, '-1'],
    ['a large number', 2n ** 63n, '9223372036854775808'],
    ['a string', '/x', '"/x"'],
    ['a string that would write on a terminal', '\u001b[2J\n', '"\\u001b[2J\\n"'],
    ['an empty string', '', '""'],
    ['a constant', named('AT_FDCWD', -100), 'AT_FDCWD'],
    ['no flags', flags(), '0'],
    ['memory', memory('{a=1}', [8, 1]), '{a=1}'],
    ['strings', strings(['a', 'b "c"']), '["a", "b \\"c\\""]'],
    ['a result', { kind: 'result', step: 3, name: 'root' } as const, '<root>'],
  ])('that is %s', (_, argument, shown) => {
    expect(showArgument(argument)).toBe(shown);
  });
});

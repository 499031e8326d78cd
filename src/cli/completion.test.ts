import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { allVerbs } from './all-verbs.ts';
import { bashCompletion } from './completion.ts';

/** What bash proposes for the last of `words`. */
async function proposals(...words: string[]): Promise<string[]> {
  const script = `${bashCompletion((await allVerbs()).map(({ verb }) => verb))}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tsdocker; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8' })
    .trim()
    .split('\n');
}

test('bash completes verbs', async () => {
  expect(await proposals('tsdocker', 'pul')).toEqual(['pull']);
  expect(await proposals('tsdocker', 'imag')).toEqual(['images', 'image']);
});

test('bash completes the flags of the verb', async () => {
  expect(await proposals('tsdocker', 'run', '--mem')).toEqual(['--memory', '--memory-swap', '--memory-reservation']);
  expect(await proposals('tsdocker', 'rm', '--f')).toEqual(['--force']);
});

test('bash completes a flag and no file where a word begins with a dash', async () => {
  expect(await proposals('tsdocker', 'ps', '--zzz')).toEqual(['']);
});

test('bash completes the verbs of a group and their flags', async () => {
  expect(await proposals('tsdocker', 'container', '')).toEqual(['ls', 'rm', 'export']);
  expect(await proposals('tsdocker', 'container', 'rm', '--f')).toEqual(['--force']);
});

test('a script without groups completes as well', () => {
  const script = bashCompletion([{ name: 'ps', summary: '', operands: '', least: 0, most: 0, flags: [] }]);
  const ask = `${script}\nCOMP_WORDS=(tsdocker ps --h); COMP_CWORD=2; _tsdocker; echo "\${COMPREPLY[@]}"`;
  expect(execFileSync('bash', ['-c', ask], { encoding: 'utf8' }).trim()).toBe('--help');
});

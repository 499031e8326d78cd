import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { bashCompletion } from './completion.ts';
import { verbs } from './verbs.ts';

/** What bash proposes for the last of `words`. */
async function proposals(...words: string[]): Promise<string[]> {
  const commands = await Promise.all(verbs.map((verb) => verb.load()));
  const script = `${bashCompletion(commands.map(({ command }) => command.verb))}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tsdocker; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8' })
    .trim()
    .split('\n');
}

test('bash completes verbs', async () => {
  expect(await proposals('tsdocker', 'p')).toEqual(['pull', 'ps']);
});

test('bash completes the flags of the verb', async () => {
  expect(await proposals('tsdocker', 'run', '--mem')).toEqual(['--memory', '--memory-swap', '--memory-reservation']);
  expect(await proposals('tsdocker', 'rm', '--f')).toEqual(['--force']);
});

test('bash completes a flag and no file where a word begins with a dash', async () => {
  expect(await proposals('tsdocker', 'ps', '--zzz')).toEqual(['']);
});

import { execFileSync } from 'node:child_process';
import { expect, test, vi } from 'vitest';
import { bashCompletion } from './completion/bash.ts';
import { fishCompletion } from './completion/fish.ts';
import { completionTable, operandsOf } from './completion/table.ts';
import { zshCompletion } from './completion/zsh.ts';
import { places } from './completion.ts';
import type { Verb } from './flags.ts';

vi.setConfig({ testTimeout: 60_000 }); // a machine that has much else to do starts a shell in seconds

/** What bash proposes at the end of `line`. */
async function proposals(line: string): Promise<string[]> {
  const script = `${bashCompletion(await places())}
COMP_WORDS=(tsdocker); COMP_LINE=$1; COMP_POINT=\${#1}; _tsdocker; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['-c', script, 'bash', line], { encoding: 'utf8' });
  return output.split('\n').filter((each) => each !== '');
}

test('bash completes verbs', async () => {
  expect(await proposals('tsdocker pul')).toEqual(['pull']);
  expect(await proposals('tsdocker imag')).toEqual(['images', 'image']);
  expect(await proposals('tsdocker --root /x --debug pul')).toEqual(['pull']);
});

test('bash completes the flags of the verb', async () => {
  expect(await proposals('tsdocker run --mem')).toEqual(['--memory', '--memory-swap', '--memory-reservation']);
  expect(await proposals('tsdocker rm --f')).toEqual(['--force']);
  expect(await proposals('tsdocker --ro')).toEqual(['--root']);
});

test('bash completes nothing where nothing fits', async () => {
  for (const line of ['tsdocker ps --zzz', 'tsdocker zzz ', 'tsdocker container zzz ', 'tsdocker ps x'])
    expect(await proposals(line)).toEqual([]);
});

test('bash completes the verbs of a group and their flags', async () => {
  expect(await proposals('tsdocker container r')).toEqual(expect.arrayContaining(['rm', 'rename']));
  expect(await proposals('tsdocker container rm --f')).toEqual(['--force']);
});

test('bash completes the words that a value may be, and nothing for a value that nobody can guess', async () => {
  expect(await proposals('tsdocker inspect --type ')).toEqual(expect.arrayContaining(['image', 'container']));
  expect(await proposals('tsdocker completion z')).toEqual(['zsh']);
  expect(await proposals('tsdocker ps --format ')).toEqual([]);
});

test('bash completes files where files are meant, and after the image whatever the container’s command takes', async () => {
  expect(await proposals('tsdocker load --input /etc/passw')).toContain('/etc/passwd');
  expect(await proposals('tsdocker run --rm busybox cat /etc/passw')).toContain('/etc/passwd');
  expect(await proposals('tsdocker run busybox ls --mem')).toEqual([]);
});

const ps: Verb = { name: 'ps', summary: "List what's: here", operands: '', least: 0, most: 0, flags: [] };

test('a script without groups completes as well', () => {
  const script = bashCompletion(completionTable([ps], []));
  const ask = `${script}\nCOMP_LINE='tsdocker ps --h'; COMP_POINT=15; _tsdocker; echo "\${COMPREPLY[@]}"`;
  expect(execFileSync('bash', ['-c', ask], { encoding: 'utf8' }).trim()).toBe('--help');
});

test('zsh and fish are told what verbs and flags do, whatever signs that has', () => {
  const table = completionTable([ps], []);
  expect(zshCompletion(table)).toContain(`verbs=('ps:List what'\\''s\\: here')`);
  expect(fishCompletion(table)).toContain(`-a ps -d 'List what\\'s: here'`);
});

test.each([
  ['CONTAINER…', ['container']],
  ['[CONTAINER…]', ['container']],
  ['CONTAINER NEW_NAME', ['container', 'none', 'none']],
  ['SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]', ['image', 'image', 'none']],
  ['NAME[:TAG]', ['image', 'none']],
  ['NAME…', ['object']],
  ['NETWORK CONTAINER', ['network', 'container', 'none']],
  ['NETWORK…', ['network']],
  ['IMAGE [COMMAND] [ARGUMENT…]', ['image', 'file', 'file']],
  ['bash|zsh', ['words:bash,zsh', 'none']],
  ['CONTAINER:PATH FILE', ['copy', 'file', 'none']],
  ['', []],
])('operands %j are %j', (text, kinds) => expect(operandsOf(text)).toEqual(kinds));

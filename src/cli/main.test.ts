import { expect, test, vi } from 'vitest';
import { exitStatusOf, TsdockerError } from '../error.ts';
import { runCli } from './main.ts';

async function refusal(...words: string[]): Promise<TsdockerError> {
  const error = await runCli(words, {}).catch((reason: unknown) => reason);
  if (error instanceof TsdockerError) return error;
  throw new Error(`${words.join(' ')} gave ${error}`);
}

test.each([
  [['pul', 'alpine'], 'there is no verb pul', 'did you mean pull? tsdocker --help lists them all', 1],
  [['frobnicate'], 'there is no verb frobnicate', 'tsdocker --help lists them all', 1],
  [['help', 'frobnicate'], 'there is no verb frobnicate', 'tsdocker --help lists them all', 1],
  [['image', 'lss'], 'there is no verb image lss', 'did you mean image ls? tsdocker image --help lists them all', 1],
  [['help', 'image', 'frob'], 'there is no verb image frob', 'tsdocker image --help lists them all', 1],
  [['container', '--all', 'ls'], 'unknown flag --all for container', 'see tsdocker container --help', 125],
  [['image', 'ls', '--al'], 'unknown flag --al for image ls', undefined, 125],
  [['--rot', '/x', 'ps'], 'unknown flag --rot', 'did you mean --root? see tsdocker --help', 125],
  [['--root'], 'the flag --root needs a value', 'see tsdocker --help', 125],
  [['version', '--all'], 'unknown flag --all for version', 'see tsdocker version --help', 125],
  [['version', 'now'], 'version does not take the word "now"', undefined, 125],
  [['completion', 'csh'], 'there is no completion for csh', 'there are bash, zsh and fish', 125],
])('%j is refused in a line', async (words, message, hint, status) => {
  const error = await refusal(...words);
  expect(error.message).toBe(message);
  if (hint !== undefined) expect(error.hint).toBe(hint);
  expect(exitStatusOf[error.code]).toBe(status);
});

/** What a command line that needs no store prints. */
async function printed(...words: string[]): Promise<string> {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    expect(await runCli(words, {})).toBe(0);
    return write.mock.calls.map(([text]) => text).join('');
  } finally {
    write.mockRestore();
  }
}

test.each([
  [['container'], 'Usage:  tsdocker container VERB …\n'],
  [['container', '--help'], 'Usage:  tsdocker container VERB …\n'],
  [['container', '-h', 'ls'], 'Usage:  tsdocker container VERB …\n'],
  [['help', 'container'], 'Usage:  tsdocker container VERB …\n'],
  [['--help', 'container'], 'Usage:  tsdocker container VERB …\n'],
  [['help', 'container', 'ls'], 'Usage:  tsdocker container ls [flags]\n'],
  [['container', 'ls', '--help'], 'Usage:  tsdocker container ls [flags]\n'],
  [['container', 'ps', '--help'], 'Usage:  tsdocker container ls [flags]\n'],
  [['help', 'ps'], 'Usage:  tsdocker ps [flags]\n'],
  [['help'], 'Usage:  tsdocker [flags] VERB …\n'],
  [[], 'Usage:  tsdocker [flags] VERB …\n'],
])('%j prints help', async (words, start) => {
  expect((await printed(...words)).startsWith(start)).toBe(true);
});

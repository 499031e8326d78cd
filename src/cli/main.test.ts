import { expect, test } from 'vitest';
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
  [['--rot', '/x', 'ps'], 'unknown flag --rot', 'did you mean --root? see tsdocker --help', 125],
  [['--root'], 'the flag --root needs a value', 'see tsdocker --help', 125],
  [['version', '--all'], 'unknown flag --all for version', 'see tsdocker version --help', 125],
  [['version', 'now'], 'version does not take the word "now"', undefined, 125],
  [['completion', 'fish'], 'there is no completion for fish yet', 'bash is there', 125],
])('%j is refused in a line', async (words, message, hint, status) => {
  const error = await refusal(...words);
  expect(error.message).toBe(message);
  if (hint !== undefined) expect(error.hint).toBe(hint);
  expect(exitStatusOf[error.code]).toBe(status);
});

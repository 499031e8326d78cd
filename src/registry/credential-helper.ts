// Credential helpers: programs `docker-credential-NAME` that keep credentials for us, told what to do by their one argument and
// spoken with over stdin and stdout (docker-credential-helpers, "Development"). A helper is the user's own, and may still hang,
// fail or print what is no answer.
import { TsdockerError } from '../error.ts';
import type { Credentials } from './credentials.ts';
import { checkCredentials } from './docker-config-entry.ts';
import { largestOutput, runToEnd } from './helper-process.ts';

export interface HelperOptions {
  /** Milliseconds that a helper gets, a person's typing of a passphrase included; two minutes unless told. */
  readonly timeLimit?: number;
  readonly signal?: AbortSignal;
}

/** What helpers print, on stdout, where they have nothing (docker-credential-helpers, credentials/error.go). */
const notFoundMessage = 'credentials not found in native keychain';
/** The user name under which an identity token is kept. */
const tokenUser = '<token>';

/** What a helper keeps under a key. Throws `registry`, and `usage` where there is no such program. */
export async function readFromHelper(
  program: string,
  key: string,
  options: HelperOptions = {},
): Promise<Credentials | undefined> {
  const output = await run(program, 'get', key, options);
  return output === undefined ? undefined : parseHelperAnswer(output, program);
}

/** Has a helper keep credentials. Throws as `readFromHelper` does. */
export async function storeInHelper(
  program: string,
  key: string,
  { username, password, identityToken }: Credentials,
  options: HelperOptions = {},
): Promise<void> {
  const kept =
    identityToken === undefined
      ? { ServerURL: key, Username: username, Secret: password }
      : { ServerURL: key, Username: tokenUser, Secret: identityToken };
  await run(program, 'store', JSON.stringify(kept), options);
}

/** Has a helper forget a key; one it does not know is fine. Throws as `readFromHelper` does. */
export async function eraseFromHelper(program: string, key: string, options: HelperOptions = {}): Promise<void> {
  await run(program, 'erase', key, options);
}

/** Throws `registry`; the text is never shown, as it may hold a password. */
export function parseHelperAnswer(text: string, program: string): Credentials | undefined {
  const refuse = (why: string): never => {
    throw new TsdockerError('registry', `the credential helper ${program} ${why}`);
  };
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return refuse('printed what is not JSON');
  }
  const { Username: username, Secret: secret } = (answer ?? {}) as { Username?: unknown; Secret?: unknown };
  if (typeof username !== 'string' || typeof secret !== 'string') return refuse('printed no Username and Secret');
  if (username === '' && secret === '') return undefined;
  const credentials =
    username === tokenUser ? { username: '', password: '', identityToken: secret } : { username, password: secret };
  checkCredentials(credentials, (why) => refuse(`gave an answer that ${why}`));
  return credentials;
}

/** What it printed; undefined where it says that it has nothing. */
async function run(
  program: string,
  action: string,
  input: string,
  { timeLimit = 120_000, signal }: HelperOptions,
): Promise<string | undefined> {
  signal?.throwIfAborted();
  const ended = await runToEnd(program, action, input, timeLimit, signal);
  signal?.throwIfAborted();
  const fail = (why: string, hint?: string): never => {
    throw new TsdockerError('registry', `the credential helper ${program} ${why}`, hint === undefined ? {} : { hint });
  };
  if (ended.error?.code === 'ENOENT') {
    throw new TsdockerError('usage', `there is no credential helper ${program} in PATH`, {
      hint: 'config.json names it: install it, or take it out of credsStore or credHelpers',
    });
  }
  if (ended.error !== undefined) fail(`cannot be run: ${ended.error.code}`);
  if (ended.broke === 'time') fail(`did not end within ${timeLimit / 1000} s`);
  if (ended.broke === 'size') fail(`printed more than ${largestOutput} bytes`);
  if (ended.status === 0) return ended.stdout;
  if (ended.stdout.includes(notFoundMessage)) return undefined;
  const words = printableLine(ended.stdout) || printableLine(ended.stderr);
  const how = ended.status === null ? 'was killed' : `ended with status ${ended.status}`;
  return fail(words === '' ? how : `${how}: ${words}`);
}

/** The first line of a complaint; nothing of what looks like an answer, which may hold a secret. */
function printableLine(text: string): string {
  const line = (text.trim().split('\n')[0] ?? '').replace(/\p{C}+/gu, ' ').trim();
  return line.startsWith('{') ? '' : line.slice(0, 200);
}

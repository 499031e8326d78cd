// tsdocker login: makes us known to a registry (docker login).
import { type Credentials, isDockerHub, type LoginOptions, login, savedLogin } from '../engine/login.ts';
import { TsdockerError } from '../error.ts';
import type { Command, Parsed } from './flags.ts';
import { prompt } from './prompt.ts';
import { registryOptions } from './registry-flags.ts';

export const command: Command = {
  verb: {
    name: 'login',
    summary: 'Log in to a registry',
    operands: '[SERVER]',
    least: 0,
    most: 1,
    flags: [
      { name: 'username', short: 'u', kind: 'value', value: 'name', summary: 'User name' },
      {
        name: 'password',
        short: 'p',
        kind: 'value',
        value: 'password',
        summary: 'Password; --password-stdin hides it from other users',
      },
      { name: 'password-stdin', kind: 'switch', summary: 'Take the password from the input' },
      { name: 'plain-http', kind: 'list', value: 'host', summary: 'Speak plain http with this registry' },
    ],
  },
  async call(parsed) {
    const [server = ''] = parsed.operands;
    const options: LoginOptions = { server, environment: process.env, registries: registryOptions(parsed) };
    refuseFlags(parsed);
    const username = parsed.values.get('username');
    const password = await givenPassword(parsed);
    const saved = username === undefined && password === undefined ? await savedLogin(options) : undefined;
    if (saved !== undefined && (await logInAgain(options, saved))) return 0;
    await logIn(options, await askFor(server, username ?? '', password ?? '', saved?.username ?? ''));
    return 0;
  },
};

function refuseFlags({ values, switches }: Parsed): void {
  if (switches.get('password-stdin') !== true) return;
  if (values.has('password')) throw new TsdockerError('usage', '--password and --password-stdin exclude each other');
  if (!values.has('username')) throw new TsdockerError('usage', '--password-stdin needs --username');
}

/** Far above any token. */
const longestPassword = 2 ** 20;

async function givenPassword({ values, switches }: Parsed): Promise<string | undefined> {
  if (values.has('password')) {
    process.stderr.write('WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n');
  }
  if (switches.get('password-stdin') !== true) return values.get('password');
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of process.stdin as AsyncIterable<Buffer>) {
    length += part.byteLength;
    if (length > longestPassword) throw new TsdockerError('usage', 'the password on the input is too long');
    parts.push(part);
  }
  const password = Buffer.concat(parts)
    .toString()
    .replace(/\r?\n$/, '');
  if (password === '') throw new TsdockerError('usage', 'there is no password on the input');
  return password;
}

/** As Docker does where nothing is said: with what is kept, before anybody is asked. */
async function logInAgain(options: LoginOptions, saved: Credentials): Promise<boolean> {
  // An identity token cannot be turned into another.
  if (saved.username === '' || saved.password === '') return false;
  process.stdout.write('Authenticating with existing credentials...\n');
  try {
    await logIn(options, saved);
    return true;
  } catch (error) {
    if (!process.stdin.isTTY || !(error instanceof TsdockerError)) throw error;
    process.stderr.write(`Login did not succeed, error: ${error.message}\n`);
    return false;
  }
}

/** What is missing is asked at the terminal. Throws `usage`. @param usual The user name of an earlier login. */
async function askFor(server: string, username: string, password: string, usual: string): Promise<Credentials> {
  if ((username === '' || password === '') && !process.stdin.isTTY) {
    throw new TsdockerError('usage', 'a login without a terminal needs the user name and the password', {
      hint: 'use --username and --password-stdin',
    });
  }
  let name = username;
  if (name === '') {
    if (isDockerHub(server)) process.stdout.write('Log in to Docker Hub with your Docker ID or e-mail address.\n');
    name = (await prompt(usual === '' ? 'Username: ' : `Username (${usual}): `, false)).trim() || usual;
  }
  if (name === '') throw new TsdockerError('usage', 'a login needs a user name');
  const secret = password === '' ? await prompt('Password: ', true) : password;
  if (secret === '') throw new TsdockerError('usage', 'a login needs a password');
  return { username: name, password: secret };
}

async function logIn(options: LoginOptions, credentials: Credentials): Promise<void> {
  const { unencrypted } = await login(options, credentials);
  if (unencrypted !== undefined) {
    process.stderr.write(
      `WARNING! Your password will be stored unencrypted in ${unencrypted}.\n` +
        'Configure a credential helper to remove this warning. See\n' +
        'https://docs.docker.com/engine/reference/commandline/login/#credentials-store\n\n',
    );
  }
  process.stdout.write('Login Succeeded\n');
}

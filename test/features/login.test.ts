// `tsdocker login`, `logout`, and `pull` with what they keep: against Debian's docker-registry with an htpasswd file, and against
// a guard that hands out tokens. Each test has a home of its own.
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readFromHelper } from '../../src/registry/credential-helper.ts';
import { type GuardedRegistry, type GuardOptions, startGuardedRegistry } from '../fakes/guarded-registry.ts';
import { makeOciLayout, pushLayout } from '../support/image-fixture.ts';
import { type RegistryServer, startRegistry } from '../support/registry-server.ts';
import { type Ended, makeStore, program, type TestStore } from '../support/tsdocker.ts';

const sesame = { username: 'someone', password: 'open:sesame' };
/** bcrypt of the password, with the least cost. */
const users = 'someone:$2y$05$abcdefghijklmnopqrstuubMHTpw5uKdtLGvKw5uzYhbpqtktcY3.';

let locked: RegistryServer;
let open: RegistryServer;
let store: TestStore;
let shared: string;
beforeAll(async () => {
  shared = mkdtempSync(join(tmpdir(), 'tsdocker-login-'));
  store = makeStore();
  [locked, open] = await Promise.all([startRegistry({ users }), startRegistry()]);
  const layout = await makeOciLayout(join(shared, 'layout'), { layers: [[{ name: 'file', body: 'x' }]] });
  await pushLayout(layout, `${open.host}/team/app:1.0`);
});
afterAll(async () => {
  store[Symbol.dispose]();
  await Promise.all([locked.stop(), open.stop()]);
  rmSync(shared, { recursive: true, force: true });
});

let home: string;
let file: string;
const guards: GuardedRegistry[] = [];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tsdocker-home-'));
  file = join(home, '.docker/config.json');
});
afterEach(async () => {
  for (const guard of guards.splice(0)) await guard.stop();
  rmSync(home, { recursive: true, force: true });
});

async function guarded(options: Partial<GuardOptions>): Promise<GuardedRegistry> {
  const guard = await startGuardedRegistry({ behind: open.host, wants: 'token', ...sesame, ...options });
  guards.push(guard);
  return guard;
}

const environment = () => ({ HOME: home, TSDOCKER_ROOT: store.root, PATH: `${home}/bin:${process.env.PATH}` });

/** The test's own servers live in this process: it must not stand still while the command runs. */
function tsdocker(words: readonly string[], input = '', env: Record<string, string> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(program, words, { env: { ...environment(), ...env } });
    const heard = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (part) => (heard[name] += part));
    child.once('close', (status) => resolve({ status, ...heard }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
const logIn = (host: string, { username, password } = sesame) =>
  tsdocker(['login', '-u', username, '--password-stdin', host], `${password}\n`);
const pull = (host: string, name = 'team/app:1.0') => tsdocker(['pull', '-q', `${host}/${name}`]);
const config = () => JSON.parse(readFileSync(file, 'utf8'));
function writeConfig(value: unknown): void {
  mkdirSync(join(home, '.docker'), { recursive: true });
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
}

const oneClearLine = /^tsdocker: [^\n]+\n(?: {2}hint: [^\n]+\n)?$/;
const refused = (ended: Ended, message: RegExp) => {
  expect(ended.stderr).toMatch(message);
  expect(ended.stderr).toMatch(oneClearLine);
  expect(ended.stderr).not.toContain('sesame');
  expect(ended).toMatchObject({ status: 125, stdout: '' });
};

describe('a registry with a password file', () => {
  test('login keeps the password in a file for its owner, and says so', async () => {
    const ended = await logIn(locked.host);
    expect(ended).toMatchObject({ status: 0, stdout: 'Login Succeeded\n' });
    expect(ended.stderr).toMatch(`WARNING! Your password will be stored unencrypted in ${file}.\n`);
    const auth = Buffer.from('someone:open:sesame').toString('base64');
    expect(config()).toEqual({ auths: { [locked.host]: { auth } } });
    expect(statSync(file).mode & 0o7777).toBe(0o600);
    expect(statSync(join(home, '.docker')).mode & 0o7777).toBe(0o700);
    expect(readdirSync(join(home, '.docker'))).toEqual(['config.json']);
  });

  test('what was kept opens the registry, until logout', async () => {
    const denied = await pull(locked.host, 'no/image');
    refused(denied, /denied access to .*no\/image\n {2}hint: the image may not exist, or be private/);
    await logIn(locked.host);
    refused(await pull(locked.host, 'no/image'), /has no image .*no\/image/);
    const out = await tsdocker(['logout', locked.host]);
    expect(out).toEqual({ status: 0, stdout: `Removing login credentials for ${locked.host}\n`, stderr: '' });
    expect(config()).toEqual({ auths: {} });
    refused(await pull(locked.host, 'no/image'), /denied access/);
    const again = await tsdocker(['logout', locked.host]);
    expect(again).toEqual({ status: 0, stdout: `Not logged in to ${locked.host}\n`, stderr: '' });
  });

  test.each([
    ['a wrong password', { ...sesame, password: 'wrong sesame' }],
    ['a user that it does not know', { ...sesame, username: 'nobody' }],
  ])('%s is refused, and nothing is kept', async (_, credentials) => {
    refused(await logIn(locked.host, credentials), /: the registry \S+ denied access\n {2}hint: check the user name/);
    expect(existsSync(join(home, '.docker'))).toBe(false);
  });

  test('a password on the command line works, with a warning', async () => {
    const ended = await tsdocker(['login', '-u', 'someone', '-p', sesame.password, `http://${locked.host}/v1/`]);
    expect(ended).toMatchObject({ status: 0, stdout: 'Login Succeeded\n' });
    expect(ended.stderr).toMatch('WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n');
    expect(Object.keys(config().auths)).toEqual([locked.host]);
  });

  test('a second login without a word uses what is kept, and fails when that is wrong', async () => {
    await logIn(locked.host);
    const again = await tsdocker(['login', locked.host]);
    expect(again).toMatchObject({
      status: 0,
      stdout: 'Authenticating with existing credentials...\nLogin Succeeded\n',
    });
    writeConfig({ auths: { [locked.host]: { auth: Buffer.from('someone:old').toString('base64') } } });
    const old = await tsdocker(['login', locked.host]);
    expect(old.status).toBe(125);
    expect(old.stderr).toMatch(/denied access/);
  });

  test('keys that are not ours stay, also through a link', async () => {
    const elsewhere = join(home, 'dotfiles.json');
    const before = { psFormat: 'table', auths: { 's.example': { auth: 'YTpi' } }, plugins: { x: { y: 'z' } } };
    writeConfig(before);
    writeFileSync(elsewhere, JSON.stringify(before));
    rmSync(file);
    symlinkSync(elsewhere, file);
    await logIn(locked.host);
    const after = JSON.parse(readFileSync(elsewhere, 'utf8'));
    expect(after).toMatchObject(before);
    expect(Object.keys(after.auths)).toEqual(['s.example', locked.host]);
    expect(readdirSync(join(home, '.docker'))).toEqual(['config.json']);
  });

  test('logins and logouts at once lose nothing', async () => {
    const tokens = await Promise.all([guarded({}), guarded({}), guarded({ wants: 'basic' })]);
    writeConfig({ auths: { 'gone.example': { auth: 'YTpi' }, 'kept.example': { auth: 'YTpi' } } });
    const hosts = [locked.host, ...tokens.map(({ host }) => host)];
    const ended = await Promise.all([...hosts.map((host) => logIn(host)), tsdocker(['logout', 'gone.example'])]);
    expect(ended.map(({ status }) => status)).toEqual([0, 0, 0, 0, 0]);
    expect(Object.keys(config().auths).sort()).toEqual([...hosts, 'kept.example'].sort());
  });

  test('DOCKER_CONFIG names another folder, and what podman knows is used where Docker knows nothing', async () => {
    const folder = join(home, 'other');
    const env = { DOCKER_CONFIG: folder };
    const ended = await tsdocker(['login', '-u', 'someone', '--password-stdin', locked.host], sesame.password, env);
    expect(ended.status).toBe(0);
    expect(existsSync(file)).toBe(false);
    const podman = { REGISTRY_AUTH_FILE: join(folder, 'config.json') };
    refused(await tsdocker(['pull', `${locked.host}/no/image`], '', podman), /has no image/);
  });

  test('skopeo reads what we keep', async () => {
    await logIn(locked.host);
    const skopeo = spawn('skopeo', ['inspect', '--tls-verify=false', `docker://${locked.host}/no/image`], {
      env: { ...environment(), REGISTRY_AUTH_FILE: file },
    });
    let stderr = '';
    skopeo.stderr.on('data', (part) => {
      stderr += part;
    });
    await new Promise((resolve) => skopeo.once('close', resolve));
    expect(stderr).toMatch(/name unknown|manifest unknown/);
  });
});

describe('a registry with a token service', () => {
  test('login keeps the identity token in place of the password, and pull uses it', async () => {
    const guard = await guarded({ identityToken: 'identity&token' });
    expect(await logIn(guard.host)).toEqual({ status: 0, stdout: 'Login Succeeded\n', stderr: '' });
    const auth = Buffer.from('someone:').toString('base64');
    expect(config()).toEqual({ auths: { [guard.host]: { auth, identitytoken: 'identity&token' } } });
    expect(await pull(guard.host)).toMatchObject({ status: 0, stderr: '' });
    expect(guard.forms.map((form) => Object.fromEntries(form))).toEqual([
      {
        grant_type: 'refresh_token',
        refresh_token: 'identity&token',
        service: 'guard',
        client_id: 'tsdocker',
        scope: 'repository:team/app:pull',
      },
    ]);
    expect(guard.requests.filter((line) => line.startsWith('GET /v2/') && line.includes('Basic'))).toEqual([]);
  });

  test('without identity tokens the password is kept, and shown to the token service only', async () => {
    const guard = await guarded({});
    await logIn(guard.host);
    expect((await pull(guard.host)).status).toBe(0);
    expect(guard.requests.filter((line) => line.endsWith('Basic'))).toEqual(['GET /token Basic', 'GET /token Basic']);
  });

  test('a wrong password is refused by the token service', async () => {
    const guard = await guarded({});
    const ended = await logIn(guard.host, { ...sesame, password: 'wrong' });
    refused(ended, /the token service of the registry \S+, denied access\n {2}hint: check the user name/);
    expect(existsSync(file)).toBe(false);
  });

  test('an identity token is not carried on to where its token service redirects', async () => {
    const other = await guarded({ identityToken: 'identity' });
    const guard = await guarded({ tokensElsewhere: `http://${other.host}/token` });
    writeConfig({ auths: { [guard.host]: { identitytoken: 'identity' } } });
    refused(await pull(guard.host), /the token service of the registry/);
    expect(other.forms).toEqual([]);
  });

  test('an identity token that has run out is one clear line', async () => {
    const guard = await guarded({});
    writeConfig({ auths: { [guard.host]: { identitytoken: 'old' } } });
    refused(await pull(guard.host), /denied access\n {2}hint: log in again: the identity token may have run out/);
  });
});

describe('a credential helper', () => {
  /** Keeps each key in a file, and a list of what it was asked. */
  const keeper = `#!/bin/sh
set -e
cd "$HOME/kept"
input=$(cat)
echo "$1" >> ../asked
case $1 in
store) printf %s "$input" > "$(printf %s "$input" | sed 's/.*"ServerURL":"\\([^"]*\\)".*/\\1/' | tr / _)" ;;
get) name=$(printf %s "$input" | tr / _); [ -e "$name" ] || { echo "credentials not found in native keychain"; exit 1; }; cat "$name" ;;
erase) rm "$(printf %s "$input" | tr / _)" ;;
esac
`;
  const asked = () =>
    existsSync(join(home, 'asked')) ? readFileSync(join(home, 'asked'), 'utf8').split('\n').slice(0, -1) : [];

  function install(script: string): void {
    mkdirSync(join(home, 'bin'));
    mkdirSync(join(home, 'kept'));
    writeFileSync(join(home, 'bin/docker-credential-keeper'), script);
    chmodSync(join(home, 'bin/docker-credential-keeper'), 0o755);
  }

  test('keeps the password, which is then in no file of Docker’s, and forgets it', async () => {
    install(keeper);
    writeConfig({ credsStore: 'keeper' });
    expect(await logIn(locked.host)).toEqual({ status: 0, stdout: 'Login Succeeded\n', stderr: '' });
    expect(config()).toEqual({ credsStore: 'keeper', auths: { [locked.host]: {} } });
    expect(JSON.parse(readFileSync(join(home, 'kept', locked.host), 'utf8'))).toEqual({
      ServerURL: locked.host,
      Username: 'someone',
      Secret: 'open:sesame',
    });
    refused(await pull(locked.host, 'no/image'), /has no image/);
    expect((await tsdocker(['logout', locked.host])).stdout).toBe(`Removing login credentials for ${locked.host}\n`);
    expect(readdirSync(join(home, 'kept'))).toEqual([]);
    expect(config()).toEqual({ credsStore: 'keeper', auths: {} });
    expect(asked()).toEqual(['store', 'get', 'erase']);
  });

  test('keeps identity tokens too', async () => {
    install(keeper);
    const guard = await guarded({ identityToken: 'identity' });
    writeConfig({ credHelpers: { [guard.host]: 'keeper' } });
    expect((await logIn(guard.host)).status).toBe(0);
    expect(JSON.parse(readFileSync(join(home, 'kept', guard.host), 'utf8'))).toMatchObject({
      Username: '<token>',
      Secret: 'identity',
    });
    expect(await pull(guard.host)).toMatchObject({ status: 0 });
  });

  test('is not run for a registry that asks nobody, nor for another one', async () => {
    install(keeper);
    writeConfig({ credsStore: 'keeper' });
    expect((await pull(open.host)).status).toBe(0);
    expect(asked()).toEqual([]);
    writeConfig({ credHelpers: { 's.example': 'keeper' } });
    refused(await pull(locked.host, 'no/image'), /denied access/);
    expect(asked()).toEqual([]);
  });

  test('that has nothing leaves us nobody', async () => {
    install(keeper);
    writeConfig({ credsStore: 'keeper' });
    refused(await pull(locked.host, 'no/image'), /denied access .*\n {2}hint: the image may not exist, or be private/);
    expect(asked()).toEqual(['get']);
  });

  test.each([
    ['fails', 'echo the keychain is locked; exit 1', 'ended with status 1: the keychain is locked'],
    ['fails on stderr', 'echo no display >&2; exit 3', 'ended with status 3: no display'],
    ['prints garbage', 'echo open sesame', 'printed what is not JSON'],
    ['prints too much', 'exec cat /dev/zero', 'printed more than 1048576 bytes'],
    ['fails with an answer', `echo '{"Secret":"sesame"}'; exit 1`, 'ended with status 1'],
  ])('that %s is told of, once access is denied', async (_, line, why) => {
    install(`#!/bin/sh\n${line}\n`);
    writeConfig({ credsStore: 'keeper' });
    const ended = await pull(locked.host, 'no/image');
    refused(ended, /denied access/);
    expect(ended.stderr).toContain(`  hint: the credential helper docker-credential-keeper ${why}\n`);
    const login = await tsdocker(['login', locked.host]);
    refused(login, /^tsdocker: the credential helper docker-credential-keeper /);
  });

  test('that hangs, or leaves a program behind, is given up', async () => {
    install('#!/bin/sh\n[ "$(cat)" = hangs ] && exec sleep 1000\nsleep 1000 & echo $! >"$HOME/left"\nexit 1\n');
    const PATH = process.env.PATH;
    process.env.PATH = environment().PATH;
    process.env.HOME = home;
    try {
      await expect(readFromHelper('docker-credential-keeper', 'hangs', { timeLimit: 300 })).rejects.toThrow(
        'the credential helper docker-credential-keeper did not end within 0.3 s',
      );
      await expect(readFromHelper('docker-credential-keeper', 'leaves', { timeLimit: 300 })).rejects.toThrow(
        'the credential helper docker-credential-keeper',
      );
    } finally {
      process.env.PATH = PATH;
      process.kill(Number(readFileSync(join(home, 'left'), 'utf8')));
    }
  });

  test('that is broken does not keep images for everybody from being pulled', async () => {
    writeConfig({ credsStore: 'missing' });
    expect((await pull(open.host)).status).toBe(0);
    refused(
      await pull(locked.host, 'no/image'),
      /hint: there is no credential helper docker-credential-missing in PATH/,
    );
    const login = await logIn(locked.host);
    refused(
      login,
      /^tsdocker: there is no credential helper docker-credential-missing in PATH\n {2}hint: config.json names/,
    );
    expect(config()).toEqual({ credsStore: 'missing' });
  });
});

test('where nobody in particular gets tokens too, a refusal says why we are nobody', async () => {
  const guard = await guarded({ anonymous: true });
  refused(await pull(guard.host), /denied access to \S+\n {2}hint: the image may not exist, or be private/);
  writeConfig({ credsStore: 'missing' });
  refused(await pull(guard.host), /denied access to \S+\n {2}hint: there is no credential helper/);
  await tsdocker(['login', '-u', 'someone', '--password-stdin', guard.host], sesame.password, { DOCKER_CONFIG: home });
  expect(await tsdocker(['pull', '-q', `${guard.host}/team/app:1.0`], '', { DOCKER_CONFIG: home })).toMatchObject({
    status: 0,
  });
});

test.each(['{"auths":', '[]', '{"auths":5}'])(
  'the config.json %s is refused by login before a password is sent',
  async (text) => {
    const guard = await guarded({});
    writeConfig(text);
    refused(await logIn(guard.host), /config\.json: \S/);
    expect(guard.requests).toEqual([]);
    expect(readFileSync(file, 'utf8')).toBe(text);
    refused(await tsdocker(['logout', guard.host]), /config\.json: \S/);
    refused(await pull(guard.host), /denied access\n {2}hint: \S+config\.json: \S/);
    expect((await pull(open.host)).status).toBe(0);
  },
);

test.each([
  [['login', '--password-stdin', 'r.example'], /--password-stdin needs --username/],
  [['login', '-u', 'a', '-p', 'b', '--password-stdin'], /exclude each other/],
  [['login', 'r.example'], /without a terminal/],
  [['login', '-u', 'a', 'r.example'], /without a terminal/],
  [['login', '-u', 'a', '--password-stdin', 'r.example'], /there is no password on the input/],
  [['login', 'me:x@r.example'], /is not the name of a registry/],
  [['logout', 'a b'], /is not the name of a registry/],
  [['login', 'a', 'b'], /./],
])('%j is refused', async (words, message) => {
  refused(await tsdocker(words), message);
  expect(existsSync(join(home, '.docker'))).toBe(false);
});

test.each([
  [
    'a line break in the password',
    { username: 'a', password: 'ses\name' },
    /has a control character, such as a line break, in its password/,
  ],
  ['a colon in the name', { username: 'a:b', password: 'x' }, /has a colon in its username/],
])('%s is refused before anything is sent', async (_, credentials, message) => {
  const guard = await guarded({});
  refused(await logIn(guard.host, credentials), message);
  expect(guard.requests).toEqual([]);
});

test('a place that cannot hold a config.json is one clear line', async () => {
  const env = { DOCKER_CONFIG: '/dev/null' };
  const ended = await tsdocker(['login', '-u', 'someone', '--password-stdin', locked.host], sesame.password, env);
  refused(ended, /^tsdocker: \/dev\/null\/config.json cannot be written: \w+\n {2}hint: DOCKER_CONFIG names/);
});

test('a registry that nobody serves is one clear line', async () => {
  const guard = await guarded({});
  await guard.stop();
  refused(await logIn(guard.host), /the registry \S+ cannot be reached/);
});

describe('at a terminal', () => {
  let server: string;
  const tmux = (...words: string[]): string =>
    spawnSync('tmux', ['-L', server, '-f', '/dev/null', ...words], { encoding: 'utf8' }).stdout;
  const shows = async (pattern: RegExp): Promise<string> => {
    for (let tries = 0; tries < 400; tries++) {
      const shown = tmux('capture-pane', '-pJ');
      if (pattern.test(shown)) return shown;
      await setTimeout(25);
    }
    throw new Error(`the screen never showed ${pattern}:\n${tmux('capture-pane', '-pJ')}`);
  };
  const type = (...keys: string[]): string => tmux('send-keys', ...keys);
  beforeEach(() => {
    server = `tsdocker-login-${process.pid}-${Math.random().toString(36).slice(2)}`;
    const env = `env -i HOME=${home} TSDOCKER_ROOT=${store.root} PATH=${process.env.PATH} TERM=screen HISTFILE= PS1="outer>"`;
    tmux('new-session', '-d', '-x', '150', '-y', '40', `${env} bash --norc --noprofile`);
  });
  afterEach(() => void tmux('kill-server'));

  test('name and password are asked for, and the password is not shown', async () => {
    type(`${program} login ${locked.host}`, 'Enter');
    await shows(/^Username: *$/m);
    type('someone', 'Enter');
    await shows(/^Password: *$/m);
    type('open:sesamx', 'BSpace', 'e', 'Enter');
    expect(await shows(/^Login Succeeded$/m)).not.toMatch(/sesam/);
    type('stty -a; echo done', 'Enter');
    expect(await shows(/^done$/m)).toMatch(/ icanon .* echo /s);
    expect(Object.keys(config().auths)).toEqual([locked.host]);
  });

  test('after a password that is kept and wrong the new one is asked for, with the name as before', async () => {
    writeConfig({ auths: { [locked.host]: { auth: Buffer.from('someone:old').toString('base64') } } });
    type(`${program} login ${locked.host}`, 'Enter');
    await shows(/^Login did not succeed, error: .*denied access\nUsername \(someone\): *$/m);
    type('Enter');
    await shows(/^Password: *$/m);
    type('open:sesame', 'Enter');
    await shows(/^Login Succeeded$/m);
  });

  test('Ctrl-C at the password ends it and gives the terminal back', async () => {
    type(`${program} login -u someone ${locked.host}; echo "status $?"`, 'Enter');
    await shows(/^Password: *$/m);
    type('half', 'C-c');
    await shows(/^status 130$|^outer>$/m);
    type('stty -a; echo done', 'Enter');
    expect(await shows(/^done$/m)).toMatch(/ icanon .* echo /s);
    expect(existsSync(file)).toBe(false);
  });

  test('Docker Hub is where one logs in who names nothing', async () => {
    type(`${program} login`, 'Enter');
    await shows(/Docker Hub.*\nUsername: *$/m);
    type('C-c');
    await shows(/\nouter> *$/m);
  });
});

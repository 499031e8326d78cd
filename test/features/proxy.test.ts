// Registries behind a proxy, as HTTP_PROXY, HTTPS_PROXY and NO_PROXY name it. The registries have names that nobody else knows
// (RFC 6761, .test): only who asks the proxy finds them.
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startProxy, type TestProxy } from '../fakes/proxy.ts';
import { makeAuthority } from '../support/authority.ts';
import { type Layout, makeOciLayout, pushLayout } from '../support/image-fixture.ts';
import { type RegistryServer, startRegistry } from '../support/registry-server.ts';
import { program } from '../support/tsdocker.ts';

const run = promisify(execFile);

let folder: string;
let plain: RegistryServer;
let secure: RegistryServer;
let layout: Layout;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-proxy-'));
  const authority = await makeAuthority(folder);
  mkdirSync(join(folder, 'certs.d/registry.test'), { recursive: true });
  copyFileSync(authority.certificate, join(folder, 'certs.d/registry.test/ca.crt'));
  plain = await startRegistry();
  secure = await startRegistry({ tls: await authority.sign('registry', ['DNS:registry.test']) });
  layout = await makeOciLayout(join(folder, 'layout'), { layers: [[{ name: 'a', body: 'x' }]] });
  await pushLayout(layout, `${plain.host}/x:1`);
});
afterAll(async () => {
  for (const registry of [plain, secure]) await registry?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const proxies: TestProxy[] = [];
afterEach(async () => {
  for (const proxy of proxies.splice(0)) await proxy.stop();
});
async function proxyTo(target: string | undefined): Promise<TestProxy> {
  const proxy = await startProxy(target);
  proxies.push(proxy);
  return proxy;
}

const tsdocker = (environment: Readonly<Record<string, string>>, ...words: string[]) =>
  run(program, words, {
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      TSDOCKER_ROOT: join(folder, 'store'),
      TSDOCKER_CERTS_D: join(folder, 'certs.d'),
      ...environment,
    },
  });
const failure = async (running: Promise<unknown>): Promise<{ code: number; stderr: string }> =>
  running.then(
    () => expect.unreachable('it did not fail'),
    (error) => error as { code: number; stderr: string },
  );

test('a registry of plain http is asked through HTTP_PROXY, for a pull and a push', async () => {
  const proxy = await proxyTo(plain.host);
  const environment = { HTTP_PROXY: proxy.address };
  const flags = ['--plain-http', 'registry.test'];
  await tsdocker(environment, 'pull', '-q', ...flags, 'registry.test/x:1');
  expect(proxy.asked.map(({ target }) => target)).toContain('http://registry.test/v2/x/manifests/1');
  await tsdocker({}, 'tag', 'registry.test/x:1', 'registry.test/y:1');
  const { stdout } = await tsdocker(environment, 'push', ...flags, 'registry.test/y:1');
  expect(stdout).toContain(`1: digest: ${layout.top.digest}`);
});

test('a registry of https is reached by a tunnel, whose other end shows the certificate for its name', async () => {
  const proxy = await proxyTo(secure.host);
  const environment = { HTTPS_PROXY: proxy.address.replace('//', '//me:secret@') };
  await tsdocker({}, 'pull', '-q', `${plain.host}/x:1`);
  await tsdocker({}, 'tag', `${plain.host}/x:1`, 'registry.test/z:1');
  const { stdout } = await tsdocker(environment, 'push', 'registry.test/z:1');
  expect(stdout).toContain(`1: digest: ${layout.top.digest}`);
  const authorization = `Basic ${Buffer.from('me:secret').toString('base64')}`;
  expect(proxy.asked.length).toBeGreaterThan(0);
  for (const each of proxy.asked) {
    expect(each).toEqual({ method: 'CONNECT', target: 'registry.test:443', authorization });
  }
});

test('a tunnel to somebody else is noticed: the certificate is for another host', async () => {
  const proxy = await proxyTo(secure.host);
  mkdirSync(join(folder, 'certs.d/other.test'), { recursive: true });
  copyFileSync(join(folder, 'certs.d/registry.test/ca.crt'), join(folder, 'certs.d/other.test/ca.crt'));
  const { code, stderr } = await failure(
    tsdocker({ HTTPS_PROXY: proxy.address }, 'manifest', 'inspect', 'other.test/x:1'),
  );
  expect(code).toBe(125);
  expect(stderr).toContain('its certificate is for another host');
});

test('a proxy that refuses, and one that is not there, are named as such', async () => {
  const { address } = await proxyTo(undefined);
  const refused = await failure(tsdocker({ HTTPS_PROXY: address }, 'manifest', 'inspect', 'registry.test/x:1'));
  expect(refused.code).toBe(125);
  expect(refused.stderr).toContain('the proxy did not let us through');
  const absent = { HTTPS_PROXY: 'http://me:secret@127.0.0.1:1' };
  const gone = await failure(tsdocker(absent, 'manifest', 'inspect', 'registry.test/x:1'));
  expect(gone.code).toBe(125);
  expect(gone.stderr).toMatch(
    /^tsdocker: the registry registry\.test cannot be reached through the proxy 127\.0\.0\.1:1: [^\n]+\n {2}hint: [^\n]+_PROXY[^\n]*\n$/,
  );
});

test('a proxy of a kind that cannot be used is refused, without its password', async () => {
  const words = ['manifest', 'inspect', 'registry.test/x:1'];
  const { code, stderr } = await failure(tsdocker({ HTTPS_PROXY: 'socks5://me:secret@p.test' }, ...words));
  expect(code).toBe(125);
  expect(stderr).toContain('HTTPS_PROXY names a proxy of the kind socks5');
  expect(stderr).not.toContain('secret');
});

test('the loopback is never asked through a proxy', async () => {
  const proxy = await proxyTo(undefined);
  await tsdocker({ HTTP_PROXY: proxy.address, http_proxy: proxy.address }, 'manifest', 'inspect', `${plain.host}/x:1`);
  expect(proxy.asked).toEqual([]);
});

describe('NO_PROXY', () => {
  const script = 'ip link set lo up; ip address add 192.0.2.1/32 dev lo; exec "$@"';
  const proxied = async (noProxy: string) => {
    const program = join(import.meta.dirname, '../support/proxied.ts');
    const words = ['--net', 'sh', '-ec', script, 'sh', process.execPath, program, noProxy];
    const { stdout } = await run('unshare', words, { env: { PATH: process.env.PATH, HOME: folder } });
    return JSON.parse(stdout) as unknown;
  };

  test.each([
    ['192.0.2.0/24', []],
    ['example.com, 192.0.2.1', []],
    ['192.0.3.0/24', ['192.0.2.1']],
    ['', ['192.0.2.1']],
  ])('of %j leaves to the proxy: %j', async (noProxy, heard) => {
    expect(await proxied(noProxy)).toEqual({ status: 0, heard, asked: true });
  });
});

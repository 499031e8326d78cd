// Registries with certificates of a private authority, and such as want one of ours: folders of certs.d, with Debian's
// docker-registry behind them (docs.docker.com/engine/security/certificates).
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Authority, makeAuthority, type Pair } from '../support/authority.ts';
import { type Layout, makeOciLayout, pushLayout } from '../support/image-fixture.ts';
import { type RegistryServer, startRegistry } from '../support/registry-server.ts';
import { program } from '../support/tsdocker.ts';

let folder: string;
let authority: Authority;
let ours: Pair;
let layout: Layout;
let plain: RegistryServer;
let closed: RegistryServer;
let picky: RegistryServer;
let source: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-tls-'));
  authority = await makeAuthority(folder);
  ours = await authority.sign('someone');
  const { certificate, key } = await authority.sign('registry', ['IP:127.0.0.1']);
  plain = await startRegistry();
  closed = await startRegistry({ tls: { certificate, key } });
  picky = await startRegistry({ tls: { certificate, key, clients: authority.certificate } });
  layout = await makeOciLayout(join(folder, 'layout'), { layers: [[{ name: 'a', body: 'x' }]] });
  source = `${plain.host}/x:1`;
  await pushLayout(layout, source);
  // The loopback is spoken to by plain http unless told otherwise.
  const registries = { [closed.host]: { plainHttp: false }, [picky.host]: { plainHttp: false } };
  writeFileSync(join(folder, 'registries.json'), JSON.stringify({ registries }));
  await tsdocker('none', 'a', 'pull', '-q', source);
  for (const { host } of [closed, picky]) await tsdocker('none', 'a', 'tag', source, `${host}/x:1`);
});
afterAll(async () => {
  for (const registry of [plain, closed, picky]) await registry?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** @param certificates The folder that stands for certs.d. */
const tsdocker = (certificates: string, store: string, ...words: string[]) =>
  promisify(execFile)(program, words, {
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      TSDOCKER_ROOT: join(folder, store),
      TSDOCKER_REGISTRIES: words[0] === 'tag' || words.at(-1) === source ? undefined : join(folder, 'registries.json'),
      TSDOCKER_CERTS_D: join(folder, certificates),
    },
  });

/** A folder for a host with files of these names. */
function certificatesFor(name: string, host: string, files: Readonly<Record<string, string>>): string {
  mkdirSync(join(folder, name, host), { recursive: true });
  for (const [file, from] of Object.entries(files)) copyFileSync(from, join(folder, name, host, file));
  return name;
}

const failure = async (running: Promise<unknown>): Promise<{ code: number; stderr: string }> =>
  running.then(
    () => expect.unreachable('it did not fail'),
    (error) => error as { code: number; stderr: string },
  );

test('an authority that nobody knows is not trusted, and the message says where to put it', async () => {
  const { code, stderr } = await failure(tsdocker('none', 'a', 'push', `${closed.host}/x:1`));
  expect(code).toBe(125);
  expect(stderr).toContain(
    `the registry ${closed.host} cannot be reached: its certificate is signed by an unknown authority`,
  );
  expect(stderr).toContain('/etc/tsdocker/certs.d/<host>');
});

test('an authority of certs.d is trusted for its host: a push, and a pull of the same digest', async () => {
  const certificates = certificatesFor('trusted', closed.host, { 'ca.crt': authority.certificate });
  const name = `${closed.host}/x:1`;
  const { stdout } = await tsdocker(certificates, 'a', 'push', name);
  expect(stdout).toContain(`1: digest: ${layout.images[0]!.manifest.digest}`);
  await tsdocker(certificates, 'b', 'pull', '-q', name);
  expect((await tsdocker(certificates, 'b', 'images', '--digests')).stdout).toContain(layout.top.digest);
});

test('an authority of certs.d is trusted for its host only', async () => {
  const certificates = certificatesFor('another', '127.0.0.1:1', { 'ca.crt': authority.certificate });
  const { stderr } = await failure(tsdocker(certificates, 'a', 'push', `${closed.host}/x:1`));
  expect(stderr).toContain('signed by an unknown authority');
});

test('a registry that wants a certificate of ours is shown that of certs.d', async () => {
  const certificates = certificatesFor('shown', picky.host, {
    'ca.crt': authority.certificate,
    'someone.cert': ours.certificate,
    'someone.key': ours.key,
  });
  const { stdout } = await tsdocker(certificates, 'a', 'push', `${picky.host}/x:1`);
  expect(stdout).toContain(`1: digest: ${layout.images[0]!.manifest.digest}`);
});

test('without one, the message says that it is wanted', async () => {
  const certificates = certificatesFor('unshown', picky.host, { 'ca.crt': authority.certificate });
  const { code, stderr } = await failure(tsdocker(certificates, 'a', 'push', `${picky.host}/x:1`));
  expect(code).toBe(125);
  expect(stderr).toContain('it wants a certificate that we do not have');
  expect(stderr).toContain('a .cert with its .key in /etc/tsdocker/certs.d/<host>');
});

test('a certificate without its key is named, and nothing is sent', async () => {
  const certificates = certificatesFor('keyless', picky.host, { 'someone.cert': ours.certificate });
  const { code, stderr } = await failure(tsdocker(certificates, 'a', 'push', `${picky.host}/x:1`));
  expect(code).toBe(125);
  expect(stderr).toMatch(/^tsdocker: \S+someone\.cert has no key: someone\.key is not beside it\n/);
});

test('a certificate that is none is refused in one line', async () => {
  const certificates = certificatesFor('broken', closed.host, { 'ca.crt': join(folder, 'registries.json') });
  const { code, stderr } = await failure(tsdocker(certificates, 'a', 'push', `${closed.host}/x:1`));
  expect(code).toBe(125);
  expect(stderr).toMatch(/^tsdocker: \S+ca\.crt is not a certificate\n {2}hint: [^\n]+\n$/);
});

test('a key that is none is refused in one line', async () => {
  const certificates = certificatesFor('broken-key', picky.host, {
    'ca.crt': authority.certificate,
    'someone.cert': ours.certificate,
    'someone.key': join(folder, 'registries.json'),
  });
  const { code, stderr } = await failure(tsdocker(certificates, 'a', 'push', `${picky.host}/x:1`));
  expect(code).toBe(125);
  expect(stderr).toMatch(/^tsdocker: \S+\.cert and \S+\.key are not a certificate and its key\n {2}hint: [^\n]+\n$/);
});

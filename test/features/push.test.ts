// Pushing to a real registry, Debian's docker-registry: what arrives there is what was pulled, byte for byte.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Layout, makeOciLayout, makeTar, pushLayout } from '../support/image-fixture.ts';
import { type RegistryServer, startRegistry } from '../support/registry-server.ts';
import { program } from '../support/tsdocker.ts';

const run = promisify(execFile);

/** Made by crypt(3), of `open:sesame`. */
const users = 'someone:$2y$05$abcdefghijklmnopqrstuubMHTpw5uKdtLGvKw5uzYhbpqtktcY3.';

let folder: string;
let registry: RegistryServer;
let layout: Layout;
beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry.stop());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-push-'));
  layout = await makeOciLayout(join(folder, 'layout'), {
    layers: [[{ name: 'a', body: folder }], [{ name: 'b', body: 'x'.repeat(100_000) }]],
  });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const tsdocker = (store: string, ...words: string[]) =>
  run(program, words, { env: { PATH: process.env.PATH, HOME: folder, TSDOCKER_ROOT: join(folder, store) } });

interface Failure {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
const failureOf = (running: Promise<unknown>): Promise<Failure> =>
  running.then(
    () => {
      throw new Error('it did not fail');
    },
    (error) => error as Failure,
  );

const manifestAt = async (repository: string, tag: string): Promise<string> => {
  const accept = 'application/vnd.oci.image.manifest.v1+json';
  const answer = await fetch(`http://${registry.host}/v2/${repository}/manifests/${tag}`, { headers: { accept } });
  return answer.status === 200 ? answer.text() : `${answer.status}`;
};

let count = 0;
/** A repository name that no other test has. */
const fresh = (): string => `pushed-${process.pid}-${count++}`;

/** Puts the image into the store `a` under a name of its own at the registry. */
async function pulled(): Promise<{ repository: string; name: string }> {
  const repository = fresh();
  const name = `${registry.host}/${repository}:1`;
  await pushLayout(layout, name);
  await tsdocker('a', 'pull', '-q', name);
  return { repository, name };
}

describe('push', () => {
  test('sends what is missing, in Docker’s words, and another store pulls the same digests', async () => {
    const { name } = await pulled();
    const target = fresh();
    const elsewhere = await startRegistry();
    try {
      const pushed = `${elsewhere.host}/${target}:two`;
      await tsdocker('a', 'tag', name, pushed);
      const { stdout } = await tsdocker('a', 'push', pushed);
      const { digest, size } = layout.images[0]!.manifest;
      const lines = stdout.trimEnd().split('\n');
      expect(lines[0]).toBe(`The push refers to repository [${elsewhere.host}/${target}]`);
      expect(lines.at(-1)).toBe(`two: digest: ${digest} size: ${size}`);
      const ids = layout.images[0]!.diffIDs.map((id) => id.slice(7, 19));
      for (const id of ids) expect(lines).toContain(`${id}: Pushed`);
      await tsdocker('b', 'pull', '-q', pushed);
      const { stdout: listed } = await tsdocker('b', 'images', '--no-trunc', '--digests');
      expect(listed).toContain(digest);
      const again = await tsdocker('a', 'push', pushed);
      for (const id of ids) expect(again.stdout).toContain(`${id}: Layer already exists\n`);
      expect((await tsdocker('a', 'push', '-q', pushed)).stdout).toBe(`${elsewhere.host}/${target}:two\n`);
    } finally {
      await elsewhere.stop();
    }
  });

  test('layers that another repository of the registry has are mounted from there', async () => {
    const { name, repository } = await pulled();
    const target = fresh();
    await tsdocker('a', 'tag', name, `${registry.host}/${target}:1`);
    const { stdout } = await tsdocker('a', 'push', `${registry.host}/${target}:1`);
    for (const id of layout.images[0]!.diffIDs) {
      expect(stdout).toContain(`${id.slice(7, 19)}: Mounted from ${repository}\n`);
    }
    expect(await manifestAt(target, '1')).toBe(await manifestAt(repository, '1'));
  });

  test('--all-tags sends every tag of the repository', async () => {
    const { name } = await pulled();
    const target = fresh();
    for (const tag of ['one', 'two', 'three']) await tsdocker('a', 'tag', name, `${registry.host}/${target}:${tag}`);
    await tsdocker('a', 'push', '-a', `${registry.host}/${target}`);
    for (const tag of ['one', 'two', 'three']) expect(JSON.parse(await manifestAt(target, tag)).schemaVersion).toBe(2);
  });

  test('images that came from no registry are pushed as well: the built-in one, imported ones, loaded ones', async () => {
    await tsdocker('a', 'run', '--rm', '--network', 'none', 'localhost/busybox', 'true');
    await tsdocker('a', 'save', '-o', join(folder, 'saved.tar'), 'localhost/busybox');
    await tsdocker('c', 'load', '-i', join(folder, 'saved.tar'));
    const tar = join(folder, 'root.tar');
    writeFileSync(tar, await makeTar([{ name: 'a', body: 'x' }]));
    await tsdocker('a', 'import', tar, 'imported:1');
    const sources = [
      ['a', 'localhost/busybox'],
      ['c', 'localhost/busybox'],
      ['a', 'imported:1'],
    ] as const;
    for (const [store, source] of sources) {
      const target = `${registry.host}/${fresh()}:1`;
      await tsdocker(store, 'tag', source, target);
      const { stdout } = await tsdocker(store, 'push', target);
      const [, digest = ''] = /^1: digest: (sha256:[0-9a-f]{64}) size: \d+$/m.exec(stdout) ?? [];
      const inspected = await run('skopeo', ['inspect', '--tls-verify=false', `docker://${target}`]);
      expect(JSON.parse(inspected.stdout).Digest).toBe(digest);
      await tsdocker('d', 'pull', '-q', target);
    }
  });

  test('an image in Docker’s format stays in it, byte for byte', async () => {
    const name = `${registry.host}/${fresh()}:1`;
    await pushLayout(layout, name, { format: 'v2s2' });
    await tsdocker('a', 'pull', '-q', name);
    const target = fresh();
    await tsdocker('a', 'tag', name, `${registry.host}/${target}:1`);
    await tsdocker('a', 'push', `${registry.host}/${target}:1`);
    const raw = async (of: string) =>
      (await run('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${of}`])).stdout;
    const pushed = await raw(`${registry.host}/${target}:1`);
    expect(JSON.parse(pushed).mediaType).toBe('application/vnd.docker.distribution.manifest.v2+json');
    expect(pushed).toBe(await raw(name));
  });

  test('skopeo finds the image that was pushed', async () => {
    const { name } = await pulled();
    const target = `${registry.host}/${fresh()}:1`;
    await tsdocker('a', 'tag', name, target);
    await tsdocker('a', 'push', target);
    const { stdout } = await run('skopeo', ['inspect', '--tls-verify=false', `docker://${target}`]);
    expect(JSON.parse(stdout).Digest).toBe(layout.images[0]!.manifest.digest);
  });
});

describe('what push refuses', () => {
  test.each([
    ['an image that is not here', ['no-such-image'], 'no-such-image'],
    ['a name with a digest', [`alpine@sha256:${'0'.repeat(64)}`], 'has a digest, and cannot be pushed'],
    ['a bad name', ['UPPER'], 'UPPER'],
    ['a tag with --all-tags', ['-a', 'alpine:3'], 'has a tag'],
    ['a repository without images, with --all-tags', ['-a', 'alpine'], 'there is no image of the repository alpine'],
  ])('%s: one clear line and 125', async (_, words, why) => {
    const { code, stdout, stderr } = await failureOf(tsdocker('a', 'push', ...words));
    expect({ code, stdout }).toEqual({ code: 125, stdout: '' });
    expect(stderr).toMatch(/^tsdocker: [^\n]+\n(?: {2}hint: [^\n]+\n)?$/);
    expect(stderr).toContain(why);
  });

  test('a registry that is not there', async () => {
    const { name } = await pulled();
    await tsdocker('a', 'tag', name, '127.0.0.1:1/x:1');
    const { code, stderr } = await failureOf(tsdocker('a', 'push', '127.0.0.1:1/x:1'));
    expect(code).toBe(125);
    expect(stderr).toMatch(/^tsdocker: the registry 127\.0\.0\.1:1 cannot be reached: connection refused\n/);
  });

  test('a registry that wants a login, until there is one that is right', async () => {
    const guarded = await startRegistry({ users });
    try {
      const { name } = await pulled();
      const target = `${guarded.host}/private:1`;
      await tsdocker('a', 'tag', name, target);
      const { code, stderr } = await failureOf(tsdocker('a', 'push', target));
      expect(code).toBe(125);
      expect(stderr).toContain(`tsdocker login ${guarded.host}`);
      const auth = Buffer.from('someone:wrong').toString('base64');
      mkdirSync(join(folder, '.docker'));
      writeFileSync(join(folder, '.docker/config.json'), JSON.stringify({ auths: { [guarded.host]: { auth } } }));
      const wrong = await failureOf(tsdocker('a', 'push', target));
      expect(wrong.code).toBe(125);
      expect(wrong.stderr).toMatch(/^tsdocker: [^\n]+ denied a push to [^\n]+\n {2}hint: [^\n]+\n$/);
      expect(wrong.stderr).not.toContain('wrong');
      await tsdocker('a', 'login', '-u', 'someone', '-p', 'open:sesame', guarded.host);
      const { stdout } = await tsdocker('a', 'push', target);
      expect(stdout).toContain('1: digest: sha256:');
    } finally {
      await guarded.stop();
    }
  });
});

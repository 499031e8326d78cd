// tsdocker image verify: finds what a disk, or someone, has changed, and with --remove makes way for pulling it again.
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Digest } from '../../src/image/digest.ts';
import { openStore } from '../../src/store/store.ts';
import { type FixtureImage, makeOciLayout, pushLayout, sha256 } from '../support/image-fixture.ts';
import { type RegistryServer, startRegistry } from '../support/registry-server.ts';
import { makeStore, program, type TestStore } from '../support/tsdocker.ts';

const content = Buffer.from('content '.repeat(9000));
let registry: RegistryServer;
let folder: string;
let image: FixtureImage;
let name: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-verify-'));
  registry = await startRegistry();
  const busybox = readFileSync('/bin/busybox');
  const layout = await makeOciLayout(join(folder, 'layout'), {
    layers: [[{ name: 'busybox', body: busybox, mode: 0o755 }], [{ name: 'file', body: content }]],
    config: { Entrypoint: ['/busybox', 'sha256sum'] },
  });
  image = layout.images[0]!;
  name = `${registry.host}/image:1`;
  await pushLayout(layout, name);
});
afterAll(async () => {
  await registry.stop();
  rmSync(folder, { recursive: true, force: true });
});

let store: TestStore;
beforeEach(() => {
  store = makeStore();
  expect(store.tsdocker('pull', '-q', name).status).toBe(0);
});
afterEach(() => store[Symbol.dispose]());

const blobFile = (digest: Digest): string => join(store.root, 'image/blobs/sha256', digest.slice('sha256:'.length));
const verify = (...words: string[]) => store.tsdocker('image', 'verify', ...words);
/** Runs a program of the image, on a file of it. */
const works = (): boolean =>
  store.tsdocker('run', '--rm', '--network', 'none', name, '/file').stdout === `${sha256(content).slice(7)}  /file\n`;

/** Changes one byte in the middle; the size stays. */
function spoil(path: string): void {
  const bytes = readFileSync(path);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = bytes[middle]! ^ 1;
  writeFileSync(path, bytes);
}

test('a whole store is whole', () => {
  expect(verify()).toEqual({ status: 0, stdout: '1 image, 4 blobs, 2 layers: all whole\n', stderr: '' });
  expect(verify(name)).toMatchObject({ status: 0 });
});

test.each([
  ['manifest', () => image.manifest.digest],
  ['config', () => image.config.digest],
  ['layer', () => image.layers[1]!.digest],
] as const)('a changed %s is found, and pulling again mends it', (_what, digestOf) => {
  const digest = digestOf();
  spoil(blobFile(digest));
  const found = verify();
  expect(found.status).toBe(1);
  expect(found.stdout).toMatch(
    new RegExp(
      `^blob ${digest} is damaged: it has the digest sha256:[0-9a-f]{64}: tsdocker image verify --remove && tsdocker pull ${name}\n1 image, 4 blobs, 2 layers: 1 damaged\n$`,
    ),
  );
  // The advice, to the letter.
  expect(verify('--remove')).toMatchObject({ status: 1, stdout: expect.stringContaining(`: tsdocker pull ${name}\n`) });
  expect(existsSync(blobFile(digest))).toBe(false);
  expect(verify().stdout).toContain(`blob ${digest} is missing: tsdocker pull ${name}\n`);
  expect(store.tsdocker('pull', '-q', name)).toMatchObject({ status: 0, stderr: '' });
  expect(verify()).toMatchObject({ status: 0 });
  expect(works()).toBe(true);
});

test('a shortened blob and a missing one are found at once', () => {
  truncateSync(blobFile(image.layers[0]!.digest), 10);
  unlinkSync(blobFile(image.layers[1]!.digest));
  const { status, stdout } = verify();
  expect(status).toBe(1);
  expect(stdout).toContain(`blob ${image.layers[0]!.digest} is damaged: `);
  expect(stdout).toContain(`blob ${image.layers[1]!.digest} is missing: `);
  expect(stdout).toMatch(/ 2 damaged\n$/);
});

test('a damaged layer is found, and pulling again unpacks it anew', () => {
  const layers = readdirSync(join(store.root, 'layer')).map((each) => join(store.root, 'layer', each));
  for (const each of layers) spoil(join(each, 'layer.erofs'));
  const found = verify();
  expect(found.stdout.match(/^layer sha256:[0-9a-f]{64} is damaged: /gm)).toHaveLength(2);
  expect(verify('--remove').status).toBe(1);
  for (const each of layers) expect(existsSync(each)).toBe(false);
  expect(verify().stdout.match(/^layer sha256:[0-9a-f]{64} is missing: tsdocker pull /gm)).toHaveLength(2);
  expect(store.tsdocker('pull', '-q', name).status).toBe(0);
  expect(verify()).toMatchObject({ status: 0 });
  expect(works()).toBe(true);
});

test('a damaged layer stays as long as a container runs on it', async () => {
  const run = ['run', '--name', 'user', '--network', 'none', 'localhost/busybox', 'sleep', '1000'];
  const client = spawn(program, run, {
    env: { PATH: process.env.PATH, TSDOCKER_ROOT: store.root },
    stdio: 'ignore',
  });
  try {
    while (store.tsdocker('ps', '-q').stdout === '') await setTimeout(25);
    const [busybox] = JSON.parse(store.tsdocker('inspect', 'localhost/busybox').stdout);
    const layer = join(store.root, 'layer', busybox.RootFS.Layers[0].slice('sha256:'.length));
    const facts = JSON.parse(readFileSync(join(layer, 'layer.json'), 'utf8'));
    writeFileSync(join(layer, 'layer.json'), JSON.stringify({ ...facts, size: facts.size + 1 }));
    expect(verify('--remove').stdout).toContain(
      'the container user runs on it; tsdocker rm -f user, then verify again\n',
    );
    expect(existsSync(layer)).toBe(true);
    expect(store.tsdocker('rm', '-f', 'user').status).toBe(0);
    expect(verify('--remove').status).toBe(1);
    expect(existsSync(layer)).toBe(false);
  } finally {
    client.kill('SIGKILL');
  }
});

test('what no image needs is checked where no image is named, and then only needs removing', () => {
  const stray = join(store.root, 'image/blobs/sha256', 'a'.repeat(64));
  writeFileSync(stray, 'something else');
  expect(verify(name)).toMatchObject({ status: 0 });
  const line = `blob sha256:${'a'.repeat(64)} is damaged: it has the digest sha256:`;
  expect(verify().stdout).toContain(line);
  expect(verify('--remove').status).toBe(1);
  expect(existsSync(stray)).toBe(false);
  expect(verify()).toMatchObject({ status: 0 });
  // Set aside, for whoever wants to look at it, until garbage is collected.
  expect(readdirSync(join(store.root, 'tmp')).some((each) => each.startsWith(`damaged-${'a'.repeat(64)}`))).toBe(true);
});

test('documents that are whole and do not belong together are found', () => {
  {
    using opened = openStore(store.root);
    opened.database.sql.exec("UPDATE images SET layers = '[]'");
  }
  const { status, stdout } = verify();
  expect(status).toBe(1);
  expect(stdout).toContain(`image ${image.manifest.digest} has other layers in its manifest: `);
});

test('an image that is not there is told of, and nothing is read', () => {
  expect(verify('none')).toMatchObject({
    status: 125,
    stdout: '',
    stderr: 'tsdocker: there is no image none in the store\n  hint: tsdocker images lists them all\n',
  });
});

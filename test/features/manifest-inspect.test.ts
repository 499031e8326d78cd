// tsdocker manifest inspect: what a real registry has, printed as Docker's own client prints it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Layout, makeOciLayout, pushLayout } from '../support/image-fixture.ts';
import { type RegistryServer, startRegistry } from '../support/registry-server.ts';
import { program } from '../support/tsdocker.ts';

let registry: RegistryServer;
let folder: string;
let one: Layout;
let two: Layout;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-manifest-'));
  registry = await startRegistry();
  const layers = [[{ name: 'a', body: 'a' }], [{ name: 'b', body: 'b' }]];
  one = await makeOciLayout(join(folder, 'one'), { layers });
  two = await makeOciLayout(join(folder, 'two'), [
    { layers },
    { layers, platform: { os: 'linux', architecture: 'arm', variant: 'v7' } },
  ]);
  for (const format of ['oci', 'v2s2'] as const) {
    await pushLayout(one, `${registry.host}/one-${format}:1`, { format });
    await pushLayout(two, `${registry.host}/two-${format}:1`, { format });
  }
});
afterAll(async () => {
  await registry.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Neither client may find credentials, or a cache of manifests, of whoever runs this. */
const environment = () => ({ PATH: process.env.PATH, HOME: folder, DOCKER_CONFIG: join(folder, 'docker') });

const inspect = (...words: string[]) => {
  const all = ['--root', join(folder, 'store'), 'manifest', 'inspect', ...words];
  return spawnSync(program, all, { encoding: 'utf8', env: environment() });
};
const docker = (...words: string[]) =>
  spawnSync('docker', ['manifest', 'inspect', '--insecure', ...words], { encoding: 'utf8', env: environment() });

test.each(['oci', 'v2s2'])('a manifest (%s) is printed as docker prints it, byte by byte', (format) => {
  const name = `${registry.host}/one-${format}:1`;
  for (const flags of [[], ['--verbose']]) {
    const { status, stdout } = inspect(...flags, name);
    expect(status).toBe(0);
    expect(stdout).toBe(docker(...flags, name).stdout);
  }
});

test.each(['oci', 'v2s2'])('an index (%s) says what docker says of it', (format) => {
  const name = `${registry.host}/two-${format}:1`;
  const { status, stdout } = inspect(name);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^\{\n {3}"/);
  const theirs = JSON.parse(docker(name).stdout);
  // Docker writes an index anew, and leaves out what it does not know.
  expect(JSON.parse(stdout)).toMatchObject(theirs);
  expect(JSON.parse(stdout).manifests.map((each: { platform: unknown }) => each.platform)).toContainEqual({
    architecture: 'arm',
    os: 'linux',
    variant: 'v7',
  });
  expect(JSON.parse(inspect('-v', name).stdout)).toEqual(JSON.parse(docker('-v', name).stdout));
});

test('a manifest is found by its digest, and no store is made', () => {
  const { digest } = two.images[1]!.manifest;
  const { status, stdout } = inspect(`${registry.host}/two-oci@${digest}`);
  expect(status).toBe(0);
  expect(JSON.parse(stdout).layers).toHaveLength(2);
  expect(readdirSync(folder)).not.toContain('store');
});

test('what is not there is told of in a line', () => {
  const { status, stdout, stderr } = inspect(`${registry.host}/none:1`);
  expect({ status, stdout }).toEqual({ status: 125, stdout: '' });
  expect(stderr.split('\n')[0]).toMatch(/^tsdocker: .*none/);
  expect(inspect('-v', '--all', 'x')).toMatchObject({ status: 125, stdout: '' });
});

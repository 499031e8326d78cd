// tsdocker inspect: images in the shape that Docker gives them, and containers as far as they are known.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pullImage } from '../../src/engine/pull.ts';
import { hostPlatform } from '../../src/image/platform.ts';
import { parseReference } from '../../src/image/reference.ts';
import { openStore } from '../../src/store/store.ts';
import { type FixtureImage, hostArchitecture, makeOciLayout } from '../support/image-fixture.ts';
import { layoutSource } from '../support/layout-source.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

const name = 'localhost/inspected';
let store: TestStore;
let folder: string;
let image: FixtureImage;
beforeAll(async () => {
  store = makeStore();
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-inspect-'));
  const layout = await makeOciLayout(join(folder, 'layout'), {
    layers: [[{ name: 'a', body: 'one' }], [{ name: 'b', body: 'two' }]],
    config: {
      Cmd: ['/a', 'b'],
      Env: ['A=b'],
      Labels: { 'z.last': '\u001b[2J\u009b2J', 'a.first': 'yes', __proto__: 'own' },
      ExposedPorts: { '80/tcp': {} },
      Healthcheck: { Test: ['CMD', 'true'] },
      Hostile: 'unknown fields are left out',
    },
    alter: (config) => ({
      ...config,
      author: 'someone',
      history: [{}, { comment: 'made by hand', created_by: 'ADD' }],
    }),
  });
  image = layout.images[0]!;
  using opened = openStore(store.root);
  await pullImage(opened, layoutSource(layout), parseReference(name), { platform: hostPlatform() });
});
afterAll(() => {
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

test('an image is told of in the shape of Docker’s API', () => {
  const { status, stdout } = store.tsdocker('inspect', name);
  expect(status).toBe(0);
  const [found, ...more] = JSON.parse(stdout);
  expect(more).toEqual([]);
  expect(found).toMatchObject({
    Id: image.config.digest,
    RepoTags: [`${name}:latest`],
    Parent: '',
    Comment: 'made by hand',
    Created: '1970-01-01T00:00:00Z',
    Author: 'someone',
    Architecture: hostArchitecture.architecture,
    Os: 'linux',
    RootFS: { Type: 'layers', Layers: image.diffIDs },
  });
  expect(Array.isArray(found.RepoDigests)).toBe(true);
  expect(found.Size).toBeGreaterThanOrEqual(6);
  expect(found.GraphDriver.Data.LowerDirs.split(':')).toHaveLength(2);
  expect(Object.entries(found.Config)).toEqual([
    ['Hostname', ''],
    ['Domainname', ''],
    ['User', ''],
    ['AttachStdin', false],
    ['AttachStdout', false],
    ['AttachStderr', false],
    ['ExposedPorts', { '80/tcp': {} }],
    ['Tty', false],
    ['OpenStdin', false],
    ['StdinOnce', false],
    ['Env', ['A=b']],
    ['Cmd', ['/a', 'b']],
    ['Healthcheck', { Test: ['CMD', 'true'] }],
    ['Image', ''],
    ['Volumes', null],
    ['WorkingDir', ''],
    ['Entrypoint', null],
    ['OnBuild', null],
    ['Labels', { 'a.first': 'yes', 'z.last': '\u001b[2J\u009b2J' }],
  ]);
});

test('nothing of an image can act on the terminal', () => {
  const { stdout } = store.tsdocker('inspect', name);
  expect(stdout).toContain('"z.last": "\\u001b[2J\\u009b2J"');
  for (const character of '\u001b\u009b') expect(stdout).not.toContain(character);
});

test('a template picks what is wanted, labels with dots in their names too', () => {
  const picked = (template: string) => store.tsdocker('image', 'inspect', '-f', template, name).stdout;
  expect(picked('{{.Id}}')).toBe(`${image.config.digest}\n`);
  expect(picked('{{json .Config.Cmd}} {{.Os}}')).toBe('["/a","b"] linux\n');
  expect(picked('{{index .Config.Labels "a.first"}}')).toBe('yes\n');
  expect(picked('{{len .RootFS.Layers}}')).toBe('2\n');
  expect(JSON.parse(picked('json'))).toMatchObject({ Id: image.config.digest });
  const { status, stderr } = store.tsdocker('inspect', '-f', '{{.Nope}}', name);
  expect(status).toBe(125);
  expect(stderr).toMatch(/^tsdocker: .*Nope/);
});

test('of several names those that are there are printed, and the others complained of', () => {
  const { status, stdout, stderr } = store.tsdocker('inspect', 'none', name, 'nil', image.config.digest);
  expect(status).toBe(125);
  expect(JSON.parse(stdout).map(({ Id }: { Id: string }) => Id)).toEqual([image.config.digest, image.config.digest]);
  expect(stderr.match(/^tsdocker: there is no container or image (none|nil)$/gm)).toHaveLength(2);
  expect(store.tsdocker('image', 'inspect', 'none')).toMatchObject({
    status: 125,
    stdout: '[]\n',
    stderr: 'tsdocker: there is no image none in the store\n  hint: tsdocker images lists them all\n',
  });
  expect(store.tsdocker('inspect', '-f', '{{.Id}}', 'none').stdout).toBe('');
});

test('a container is found as well, before an image of its name, and --type says which is meant', () => {
  const run = store.tsdocker('run', '--name', 'one', '--network', 'none', 'localhost/busybox', 'sh', '-c', 'exit 7');
  expect(run.status).toBe(7);
  const [container] = JSON.parse(store.tsdocker('inspect', 'one').stdout);
  expect(container).toMatchObject({
    Name: '/one',
    Path: 'sh',
    Args: ['-c', 'exit 7'],
    State: { Status: 'exited', Running: false, ExitCode: 7, OOMKilled: false, Pid: 0 },
    Config: { Image: 'localhost/busybox:latest' },
  });
  expect(container.Image).toBe(store.tsdocker('inspect', '-f', '{{.Id}}', 'localhost/busybox').stdout.trim());
  expect(store.tsdocker('inspect', '--type', 'image', 'one').stderr).toMatch(/^tsdocker: there is no image one /);
  expect(store.tsdocker('inspect', '--type', 'container', name).status).toBe(125);
  expect(store.tsdocker('image', 'inspect', 'one').status).toBe(125);
  expect(store.tsdocker('inspect', '--type', 'volume', name).stderr).toMatch(
    /^tsdocker: there is nothing of the type "volume" to inspect\n/,
  );
});

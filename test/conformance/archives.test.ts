// Archives between tsdocker and the others: a real dockerd of its own, podman and skopeo, both ways. What they load must be the same
// image, by its id.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addImage, type LocalImage } from '../support/local-images.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

let folder: string;
let dockerd: ChildProcess;
let here: TestStore;
let there: TestStore;
let first: LocalImage;
let second: LocalImage;

const run = (program: string, ...words: string[]): string =>
  execFileSync(program, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], cwd: folder });
const docker = (...words: string[]) => run('docker', '-H', `unix://${join(folder, 'socket')}`, ...words);
const podman = (...words: string[]) =>
  run(
    'podman',
    '--root',
    join(folder, 'podman'),
    '--runroot',
    join(folder, 'podman-run'),
    '--storage-driver',
    'vfs',
    ...words,
  );
const ids = (images: string) =>
  new Set(
    images
      .trim()
      .split('\n')
      .filter((line) => line !== ''),
  );

const names = ['localhost/first:1', 'localhost/second:1'];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-peers-'));
  mkdirSync(join(folder, 'docker'));
  writeFileSync(join(folder, 'docker.json'), '{}');
  dockerd = spawn(
    'dockerd',
    [
      ...[
        '--config-file',
        join(folder, 'docker.json'),
        '--data-root',
        join(folder, 'docker'),
        '--pidfile',
        join(folder, 'pid'),
      ],
      ...['--exec-root', join(folder, 'exec'), '--host', `unix://${join(folder, 'socket')}`, '--storage-driver', 'vfs'],
      ...['--bridge=none', '--iptables=false', '--ip-forward=false', '--ip-masq=false'],
    ],
    { stdio: 'ignore' },
  );
  while (!existsSync(join(folder, 'socket'))) {
    if (dockerd.exitCode !== null) throw new Error(`dockerd ended with ${dockerd.exitCode}`);
    await setTimeout(50);
  }
});

afterAll(async () => {
  if (dockerd.exitCode === null) {
    dockerd.kill('SIGTERM');
    await once(dockerd, 'exit');
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

beforeEach(async () => {
  here = makeStore();
  there = makeStore();
  first = await addImage(here.root, names[0]!);
  second = await addImage(here.root, names[1]!);
});

afterEach(() => {
  here[Symbol.dispose]();
  there[Symbol.dispose]();
  for (const peer of [docker, podman]) {
    const left = [...ids(peer('images', '-q', '--no-trunc'))];
    if (left.length > 0) peer('rmi', '-f', ...left);
  }
});

function save(...words: string[]): string {
  const path = join(folder, 'saved.tar');
  expect(here.tsdocker('save', '-o', path, ...words)).toEqual({ status: 0, stdout: '', stderr: '' });
  return path;
}

const listed = (store: TestStore) =>
  ids(store.tsdocker('images', '--no-trunc', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}').stdout);
const both = () => new Set([`${names[0]} ${first.id}`, `${names[1]} ${second.id}`]);

function loadHere(path: string): Set<string> {
  expect(there.tsdocker('load', '-i', path)).toMatchObject({ status: 0, stderr: '' });
  return listed(there);
}

describe('what tsdocker saves', () => {
  const format = '{{.Repository}}:{{.Tag}} {{.ID}}';

  test.each([[[]], [['--format', 'docker-archive']]])('docker loads, with %j', (flags) => {
    docker('load', '-i', save(...flags, ...names));
    expect(ids(docker('images', '--no-trunc', '--format', format))).toEqual(both());
  });

  test.each([[[]], [['--format', 'docker-archive']]])('podman loads, with %j', (flags) => {
    podman('load', '-q', '-i', save(...flags, ...names));
    expect(ids(podman('images', '--no-trunc', '--format', format))).toEqual(both());
  });

  test('podman loads as an OCI archive, with its name', () => {
    podman('load', '-q', '-i', save('--format', 'oci-archive', names[0]!));
    expect(ids(podman('images', '--no-trunc', '--format', format))).toEqual(new Set([`${names[0]} ${first.id}`]));
  });

  test.each([
    ['docker-archive', 'localhost/second:1'],
    ['oci-archive', 'localhost/second:1'],
  ])('skopeo reads as a %s, of two images the one that it is asked for', (transport, name) => {
    const path = save(...names);
    const config = run('skopeo', 'inspect', '--config', '--raw', `${transport}:${path}:${name}`);
    const saved = JSON.parse(here.tsdocker('image', 'inspect', name).stdout)[0];
    expect(JSON.parse(config).rootfs.diff_ids).toEqual(saved.RootFS.Layers);
    if (transport === 'docker-archive') return;
    const { Digest } = JSON.parse(run('skopeo', 'inspect', `${transport}:${path}:${name}`));
    expect(Digest).toBe(second.manifest);
  });

  test('docker loads in a form that it knows where the layers are of zstd, which it does not know', async () => {
    const { id } = await addImage(here.root, 'localhost/zstd:1', { compression: 'zstd' });
    docker('load', '-i', save('--format', 'docker-archive', 'localhost/zstd:1'));
    expect(ids(docker('images', '--no-trunc', '-q'))).toEqual(new Set([id]));
  });
});

describe('tsdocker loads', () => {
  const saved = () => join(folder, 'theirs.tar');
  afterEach(() => rmSync(saved(), { force: true }));

  test('what docker saves, of several images and with several names', () => {
    docker('load', '-i', save(...names));
    docker('tag', names[0]!, 'team/other:2');
    docker('save', '-o', saved(), ...names, 'team/other:2');
    expect(loadHere(saved())).toEqual(new Set([...both(), `team/other:2 ${first.id}`]));
  });

  test('what docker saves by an id, without a name', () => {
    docker('load', '-i', save(names[0]!));
    docker('save', '-o', saved(), first.id);
    expect(loadHere(saved())).toEqual(new Set([`<none>:<none> ${first.id}`]));
  });

  test('what podman saves as a docker archive of several images', () => {
    podman('load', '-q', '-i', save(...names));
    podman('save', '-q', '-m', '-o', saved(), ...names);
    expect(loadHere(saved())).toEqual(both());
  });

  test('what podman saves as an OCI archive, which has another config', () => {
    podman('load', '-q', '-i', save(names[0]!));
    podman('save', '-q', '--format', 'oci-archive', '-o', saved(), names[0]!);
    const loaded = [...loadHere(saved())];
    expect(loaded).toEqual([expect.stringMatching(/^localhost\/first:1 sha256:/)]);
    const layers = (store: TestStore) =>
      JSON.parse(store.tsdocker('image', 'inspect', names[0]!).stdout)[0].RootFS.Layers;
    expect(layers(there)).toEqual(layers(here));
  });

  test.each([
    ['oci-archive', '', '<none>:<none>'],
    ['oci-archive', ':tag', '<none>:<none>'],
    ['oci-archive', ':localhost/other:1', 'localhost/other:1'],
    ['docker-archive', '', '<none>:<none>'],
    ['docker-archive', ':localhost/other:1', 'localhost/other:1'],
  ])('what skopeo copies to %s:FILE%s', (transport, name, expected) => {
    run(
      'skopeo',
      'copy',
      '-q',
      '--insecure-policy',
      `oci-archive:${save(names[0]!)}`,
      `${transport}:${saved()}${name}`,
    );
    expect(loadHere(saved())).toEqual(new Set([`${expected} ${first.id}`]));
  });
});

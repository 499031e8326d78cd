// tsdocker export: what comes out is what the container sees, to GNU tar, to Docker and to our own import.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as k from '../../src/kernel/constants.ts';
import { kernel } from '../../src/kernel/index.ts';
import type { Entry } from '../../src/layer/entry.ts';
import type { LayerPlace } from '../../src/layer/place.ts';
import { readArchive } from '../../src/layer/tar/archive.ts';
import { startDockerd } from '../bench/peers.ts';
import { startBackground } from '../support/background.ts';
import { addBusybox } from '../support/busybox-image.ts';
import { paxEntry, rawTar } from '../support/raw-tar.ts';
import { readMerged, readTree, type TreeEntry } from '../support/trees.ts';
import { makeStore, program, type TestStore } from '../support/tsdocker.ts';

const long = 'n'.repeat(150);
const odd = rawTar(
  { name: 'odd', type: '5', mode: 0o1751, uid: 7, gid: 8, modified: 1234 },
  { name: 'odd/file', body: 'a file\n', mode: 0o4755, uid: 5000, gid: 6000 },
  { name: 'odd/hard', type: '1', link: 'odd/file' },
  { name: 'odd/latin-caf\xe9', body: 'not text\n' },
  { name: 'odd/link', type: '2', link: '/etc/../nowhere caf\xe9' },
  paxEntry({ path: `odd/${long}`, mtime: '1700000000.123456789', 'SCHILY.xattr.user.colour': 'a\n\0\xff=b' }),
  { body: 'a long name\n' },
  paxEntry({ path: 'odd/long link', linkpath: `${long}/${long}` }),
  { type: '2' },
  paxEntry({ uid: '4000000000', mtime: '-1.5', 'SCHILY.xattr.user.empty': '' }),
  { name: 'odd/far', body: '' },
  { name: 'odd/device', type: '3', major: 300, minor: 70000, mode: 0o600 },
  { name: 'odd/disk', type: '4', major: 8, minor: 1 },
  { name: 'odd/fifo', type: '6', mode: 0o622 },
  { name: 'odd/gone', body: 'removed by the container' },
);
/** More than pipes and buffers hold. */
const large: { name: string; body: Buffer }[] = ['large', 'larger'].map((name) => ({
  name,
  body: Buffer.alloc(3_000_001, name),
}));

const changes = `
  rm /odd/gone; for f in /odd/latin*; do echo changed >>"$f"; done; mv /odd/fifo /odd/pipe; mkdir /made; echo new >/made/new; ln /made/new /made/other
  ln -s new /made/soft; chmod 2750 /made; chown 12:34 /made/new; echo >"/made/$(printf 'a\\nb\\377')"
  touch -d '2050-01-02 03:04:05' /made/later; rm -r /tmp; mkdir /tmp`;

let store: TestStore;
let folder: string;
let layers: readonly LayerPlace[];
beforeAll(async () => {
  store = makeStore();
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-export-'));
  layers = await addBusybox(store.root, 'localhost/odd', odd, large);
});
afterAll(() => {
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** A container that has ended; its id. */
function ended(name: string, script: string): string {
  const words = ['--name', name, '--network', 'none', 'localhost/odd', 'sh', '-c', script];
  expect(store.tsdocker('run', ...words)).toMatchObject({ status: 0, stderr: '' });
  return store.tsdocker('ps', '-aq', '--no-trunc').stdout.split('\n')[0]!; // the newest is the first
}

type Tree = Record<string, TreeEntry>;

/** A tar has no entry for the root itself. */
const below = ({ '/': _root, ...rest }: Tree): Tree => rest;

/** What GNU tar makes of an archive. */
async function extracted(archive: string): Promise<Tree> {
  const place = mkdtempSync(join(folder, 'extracted-'));
  execFileSync(
    'tar',
    [
      '--extract',
      '--preserve-permissions',
      '--numeric-owner',
      '--xattrs',
      '--xattrs-include=*',
      '-f',
      archive,
      '-C',
      place,
    ],
    { env: { ...process.env, LC_ALL: 'C' }, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  return below(await readTree(place));
}

/** The container's root as mount(8) shows it. */
async function seen(id: string): Promise<Tree> {
  const mounted: string[] = [];
  try {
    const roots = layers.map(({ kind, path }) => {
      if (kind === 'directory') return path;
      const place = mkdtempSync(join(folder, 'mounted-'));
      execFileSync('mount', ['-t', 'erofs', '-o', 'ro,nodev,nosuid', path, place]);
      mounted.push(place);
      return place;
    });
    return below(await readMerged([join(store.root, 'container', id, 'upper'), ...roots]));
  } finally {
    for (const place of mounted) execFileSync('umount', [place]);
  }
}

test('the tar of a container that has ended holds each file as the container left it', async () => {
  const id = ended('ended', changes);
  const archive = join(folder, 'ended.tar');
  expect(store.tsdocker('export', '-o', archive, 'ended')).toEqual({ status: 0, stdout: '', stderr: '' });
  const tree = await extracted(archive);
  expect(tree).toEqual(await seen(id));
  expect(Object.keys(tree)).toEqual(
    expect.arrayContaining(['/made/new', `/odd/${long}`, '/odd/latin-caf\xe9', '/odd/pipe']),
  );
  expect(Object.keys(tree)).not.toContain('/odd/gone');
  expect(tree[`/odd/${long}`]).toMatchObject({
    modified: 1_700_000_000_123_456_789n,
    attributes: { 'user.colour': Buffer.from('a\n\0\xff=b', 'latin1').toString('hex') },
  });
  expect(tree['/odd/far']).toMatchObject({ owner: '4000000000:0', modified: -1_500_000_000n });
});

test('the tar of a running container is the same, and without what is mounted in it', async () => {
  const running = await startBackground(store.root, 'localhost/odd', changes, '--name', 'running', '--tmpfs', '/etc');
  try {
    const archive = join(folder, 'running.tar');
    writeFileSync(
      archive,
      store.tsdockerWith({}, 'container', 'export', '-o', archive, running.id.slice(0, 12)).stderr,
    );
    execFileSync(program, ['export', '-o', archive, 'running'], { env: { ...process.env, TSDOCKER_ROOT: store.root } });
    const tree = await extracted(archive);
    expect(tree).toEqual(await seen(running.id));
    expect(Object.keys(tree).filter((name) => /^\/(proc|sys|dev)\/./.test(name))).toEqual([]);
  } finally {
    expect(await running.end()).toBe(0);
  }
});

test('files that come, go, grow and shrink meanwhile break nothing', async () => {
  const script = `mkdir /busy; echo whole >/zz-last; while [ ! -e /stop ]; do
    dd if=/dev/zero of=/busy/grows bs=64k count=1 conv=notrunc oflag=append; : >/busy/shrinks; dd if=/dev/zero of=/busy/shrinks bs=1M count=2
    mkdir -p /busy/folder/below; echo >/busy/folder/below/file; rm -r /busy/folder; done 2>/dev/null & sleep 0.2`;
  const running = await startBackground(store.root, 'localhost/odd', script, '--rm');
  try {
    for (let round = 0; round < 15; round++) {
      const child = spawn(program, ['export', running.id], {
        env: { PATH: process.env.PATH, TSDOCKER_ROOT: store.root },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const closed = once(child, 'close');
      const entries = await listed(child.stdout);
      expect((await closed)[0]).toBe(0);
      expect(entries.get('/zz-last')).toMatchObject({ type: 'file', size: 6 });
      expect(entries.get('/large')).toMatchObject({ size: 3_000_001 });
    }
  } finally {
    await running.end();
  }
});

interface Listed {
  readonly type: Entry['type'];
  readonly mode: number;
  readonly owner: string;
  readonly seconds: bigint;
  readonly target: string;
  size: number;
}

/** What our own reader finds in a tar. */
async function listed(tar: AsyncIterable<Uint8Array>): Promise<Map<string, Listed>> {
  const entries = new Map<string, Listed>();
  let current: Listed;
  await readArchive(tar, {
    begin(entry) {
      const target =
        'target' in entry ? (typeof entry.target === 'string' ? entry.target : entry.target.join('/')) : '';
      const { type, mode, uid, gid, modified } = entry;
      current = { type, mode, owner: `${uid}:${gid}`, seconds: modified / 1_000_000_000n, target, size: 0 };
      entries.set(`/${entry.path.join('/')}`, current);
    },
    write(content) {
      current.size += content.byteLength;
    },
    hole(length) {
      current.size += length;
    },
    end() {},
  });
  return entries;
}

test('Docker exports the same entries of a container of the same image', async () => {
  const place = join(folder, 'docker');
  mkdirSync(place);
  const images = join(place, 'images.tar');
  await addBusybox(store.root, 'localhost/plain', [
    { name: 'a/', type: 'directory', mode: 0o1755, uid: 3 },
    { name: 'a/file', body: 'text', mode: 0o4711, gid: 9, mtime: new Date(1_000_000_000_000) },
    // Docker gives the file what stands at its other name.
    { name: 'a/hard', type: 'link', linkname: 'a/file', mode: 0o4711, gid: 9, mtime: new Date(1_000_000_000_000) },
    { name: 'a/soft', type: 'symlink', linkname: '../b' },
    { name: 'a/fifo', type: 'fifo' },
    { name: 'a/device', type: 'character-device', devmajor: 1, devminor: 3 },
    { name: `a/${long}`, body: '' },
  ]);
  expect(store.tsdocker('save', '-o', images, 'localhost/plain').status).toBe(0);
  store.tsdocker('run', '--name', 'plain', '--network', 'none', 'localhost/plain', 'true');
  const daemon = await startDockerd(place);
  try {
    const docker = (...words: string[]) =>
      execFileSync(daemon.client[0]!, [...daemon.client.slice(1), ...words], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    docker('load', '-i', images);
    docker('create', '--name', 'theirs', 'localhost/plain', 'true');
    docker('export', '-o', join(place, 'theirs.tar'), 'theirs');
    expect(store.tsdocker('export', '-o', join(place, 'ours.tar'), 'plain').status).toBe(0);
    const [ours, theirs] = await Promise.all(
      ['ours', 'theirs'].map(async (name) => {
        const entries = await listed(createReadStream(join(place, `${name}.tar`)));
        // Docker puts files of its own there when it makes a container.
        return new Map([...entries].filter(([path]) => !/^\/(\.dockerenv|(dev|etc|proc|sys)(\/.*)?)$/.test(path)));
      }),
    );
    expect(ours).toEqual(theirs);
    expect([...ours!.keys()]).toEqual([...theirs!.keys()]);
  } finally {
    await daemon.stop();
  }
});

test('what was exported is imported and runs, with the same files', async () => {
  ended('exported', changes);
  const archive = join(folder, 'flat.tar');
  expect(store.tsdocker('export', '-o', archive, 'exported').status).toBe(0);
  expect(store.tsdocker('import', '-c', 'ENV PATH=/bin', archive, 'localhost/flat')).toMatchObject({
    status: 0,
    stderr: '',
  });
  const words = ['--name', 'flat', '--network', 'none', 'localhost/flat', 'sh', '-c', 'cat /made/new /odd/latin*'];
  expect(store.tsdocker('run', ...words)).toEqual({ status: 0, stdout: 'new\nnot text\nchanged\n', stderr: '' });
  const again = join(folder, 'again.tar');
  expect(store.tsdocker('export', '-o', again, 'flat').status).toBe(0);
  expect(await extracted(again)).toEqual(await extracted(archive));
});

test('what is in the tar does not depend on the user namespace of the container', async () => {
  const maps = ['--uidmap', '0:100000:65536', '--gidmap', '0:100000:65536'];
  const words = [
    '--name',
    'mapped',
    '--network',
    'none',
    ...maps,
    'localhost/plain',
    'sh',
    '-c',
    'echo >/mine; chown 5:6 /mine',
  ];
  expect(store.tsdocker('run', ...words)).toMatchObject({ status: 0, stderr: '' });
  const tar = spawn(program, ['export', 'mapped'], { env: { PATH: process.env.PATH, TSDOCKER_ROOT: store.root } });
  const entries = await listed(tar.stdout);
  expect(entries.get('/mine')).toMatchObject({ owner: '5:6' });
  expect(entries.get('/a/file')).toMatchObject({ owner: '0:9' });
});

test('a container that is removed meanwhile is no archive', async () => {
  ended('short-lived', ':');
  const child = spawn(program, ['export', 'short-lived'], {
    env: { PATH: process.env.PATH, TSDOCKER_ROOT: store.root },
  });
  const closed = once(child, 'close') as Promise<[number]>;
  const complaint = buffer(child.stderr);
  await once(child.stdout, 'readable');
  expect(store.tsdocker('rm', 'short-lived').status).toBe(0);
  child.stdout.resume();
  expect((await closed)[0]).toBe(125);
  expect((await complaint).toString()).toBe('tsdocker: the container short-lived was removed while it was exported\n');
});

test('a tree that is deeper than any path is refused in a line, and the file that was there stays', () => {
  const id = ended('deep', ':');
  let place = kernel.openat(k.AT_FDCWD, join(store.root, 'container', id, 'upper'), k.O_RDONLY | k.O_DIRECTORY);
  for (let depth = 0; depth < 3000; depth++) {
    kernel.mkdirat(place, 'd', 0o755);
    const next = kernel.openat(place, 'd', k.O_RDONLY | k.O_DIRECTORY);
    kernel.close(place);
    place = next;
  }
  kernel.close(place);
  const archives = mkdtempSync(join(folder, 'archives-'));
  writeFileSync(join(archives, 'old'), 'old');
  const { status, stderr } = store.tsdocker('export', '-o', join(archives, 'old'), 'deep');
  expect(status).toBe(125);
  expect(stderr).toMatch(/^tsdocker: the path "\/d\/d\/d.{1,250}" has more than 4096 bytes\n$/);
  expect(readdirSync(archives)).toEqual(['old']);
  expect(readFileSync(join(archives, 'old'), 'utf8')).toBe('old');
  execFileSync('rm', ['-r', join(store.root, 'container', id, 'upper/d')]);
});

test('a terminal and a container that is not there are refused, and nothing is made', () => {
  ended('shown', ':');
  const shown = spawnSync('script', ['-qec', `${program} export shown`, '/dev/null'], {
    env: { PATH: process.env.PATH, TSDOCKER_ROOT: store.root, TERM: 'dumb' },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect(shown.status).toBe(125);
  expect(shown.stdout).toMatch(/an archive is not for a terminal\r\n {2}hint: export -o FILE, or redirect stdout\r\n$/);
  const archives = mkdtempSync(join(folder, 'archives-'));
  const missing = store.tsdocker('export', '-o', join(archives, 'new'), 'nobody');
  expect(missing).toMatchObject({ status: 125, stdout: '' });
  expect(missing.stderr).toMatch(/^tsdocker: there is no container nobody\n/);
  expect(readdirSync(archives)).toEqual([]);
});

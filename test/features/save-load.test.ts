// save and load: from one store to another, by a file and by a pipe, and nothing left where that fails.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
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
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parsePlatform } from '../../src/image/platform.ts';
import { makeOciLayout } from '../support/image-fixture.ts';
import { addImage } from '../support/local-images.ts';
import { makeStore, program, type TestStore } from '../support/tsdocker.ts';

let folder: string;
let here: TestStore;
let there: TestStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-archive-'));
  here = makeStore();
  there = makeStore();
});
afterEach(() => {
  here[Symbol.dispose]();
  there[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

const done = (store: TestStore, ...words: string[]): string => {
  const { status, stdout, stderr } = store.tsdocker(...words);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
};
const digests = (store: TestStore) =>
  done(store, 'images', '--digests', '--no-trunc', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}');
const save = (...words: string[]): Buffer => {
  const path = join(folder, 'saved.tar');
  expect(done(here, 'save', '-o', path, ...words)).toBe('');
  return readFileSync(path);
};
const load = (input: Buffer, ...words: string[]) => there.tsdockerWith({ input }, 'load', ...words);

describe('what is saved and loaded elsewhere is the same image', () => {
  test.each([
    ['a file', (tar: Buffer) => writeFileSync(join(folder, 'a'), tar), ['-i', 'a']],
    [
      'a file compressed with gzip',
      (tar: Buffer) => writeFileSync(join(folder, 'a'), gzipSync(tar)),
      ['-q', '-i', 'a'],
    ],
    [
      'a file compressed with zstd',
      (tar: Buffer) => writeFileSync(join(folder, 'a'), zstdCompressSync(tar)),
      ['-i', 'a'],
    ],
  ])('from %s', async (_title, write, words) => {
    const image = await addImage(here.root, 'localhost/one:1');
    write(save('localhost/one:1'));
    const ended = there.tsdockerWith({ cwd: folder }, 'load', ...words);
    expect(ended).toEqual({ status: 0, stdout: 'Loaded image: localhost/one:1\n', stderr: '' });
    expect(digests(there)).toBe(`localhost/one:1 ${image.id}\n`);
    expect(JSON.parse(done(there, 'image', 'inspect', 'localhost/one:1'))).toHaveLength(1);
    expect(done(there, 'image', 'verify')).toContain('all whole');
    expect(readdirSync(join(there.root, 'image/blobs/sha256')).sort()).toEqual(
      readdirSync(join(here.root, 'image/blobs/sha256')).sort(),
    );
  });

  test.each([
    ['plain', (tar: Buffer) => tar],
    ['gzip', (tar: Buffer) => gzipSync(tar)],
    ['zstd', (tar: Buffer) => zstdCompressSync(tar)],
  ])('through a pipe, %s', async (_title, compress) => {
    await addImage(here.root, 'localhost/one:1');
    expect(load(compress(save('localhost/one:1')))).toMatchObject({ status: 0, stderr: '' });
    expect(digests(there)).toBe(digests(here));
  });

  test.each(['oci-archive', 'docker-archive'])('as an %s alone', async (format) => {
    await addImage(here.root, 'localhost/one:1', { compression: 'zstd' });
    expect(load(save('--format', format, 'localhost/one:1'))).toMatchObject({ status: 0, stderr: '' });
    expect(digests(there)).toBe(digests(here));
  });

  test('and its container runs', () => {
    here.sh('true');
    expect(load(save('localhost/busybox'))).toMatchObject({ status: 0 });
    const before = digests(there);
    expect(there.sh('echo loaded')).toBe('loaded\n');
    expect(digests(there)).toBe(before);
  });
});

describe('several images in one archive', () => {
  test('shared blobs are in it once, and the order of the names does not matter', async () => {
    for (const name of ['localhost/b:1', 'localhost/a:1', 'localhost/a:2']) await addImage(here.root, name);
    done(here, 'tag', 'localhost/a:2', 'localhost/c:latest');
    const tar = save('localhost/a', 'localhost/b:1', 'localhost/c');
    expect(save('localhost/c', 'localhost/a:2', 'localhost/b:1', 'localhost/a:1', 'localhost/b:1')).toEqual(tar);
    const members = spawnSync('tar', ['-t'], { input: tar, encoding: 'utf8' }).stdout.trim().split('\n');
    expect(new Set(members).size).toBe(members.length);
    expect(members.filter((name) => name.startsWith('blobs/'))).toHaveLength(3 * 3 + 1);
    expect(load(tar).stdout).toBe(
      ['a:1', 'a:2', 'c:latest', 'b:1'].map((name) => `Loaded image: localhost/${name}\n`).join(''),
    );
    expect(digests(there)).toBe(digests(here));
  });

  test('an image that is saved by its id has no name there', async () => {
    const { id, short } = await addImage(here.root, 'localhost/a:1');
    expect(load(save(short)).stdout).toBe(`Loaded image ID: ${id}\n`);
    expect(digests(there)).toBe(`<none>:<none> ${id}\n`);
  });

  test('a name moves to the image that is loaded', async () => {
    await addImage(there.root, 'localhost/a:1', { body: 'old' });
    const { id } = await addImage(here.root, 'localhost/a:1', { body: 'new' });
    load(save('localhost/a:1'));
    expect(digests(there)).toContain(`localhost/a:1 ${id}\n`);
    expect(digests(there)).toContain('<none>:<none> ');
  });
});

describe('an OCI image layout of another tool', () => {
  const archiveOf = (layout: string) => spawnSync('tar', ['-C', layout, '-c', '.']).stdout;
  const [amd64, arm64] = ['linux/amd64', 'linux/arm64'].map(parsePlatform);

  test('whose image has a tag alone is loaded without a name', async () => {
    const { folder: layout, images } = await makeOciLayout(join(folder, 'layout'), { layers: [[{ name: 'a' }]] });
    expect(load(archiveOf(layout)).stdout).toBe(`Loaded image ID: ${images[0]!.config.digest}\n`);
  });

  test('with an index gives the image of the platform that was asked for', async () => {
    const { folder: layout, images } = await makeOciLayout(
      join(folder, 'layout'),
      [amd64!, arm64!].map((platform) => ({ layers: [[{ name: platform.architecture }]], platform })),
    );
    const ended = load(archiveOf(layout), '--platform', 'linux/arm64');
    expect(ended).toEqual({ status: 0, stdout: `Loaded image ID: ${images[1]!.config.digest}\n`, stderr: '' });
    expect(load(archiveOf(layout), '--platform', 'linux/s390x').stderr).toMatch(
      /not there for linux\/s390x\n {2}hint: .*linux\/arm64/,
    );
  });

  test('with an image for another machine alone gives that one', async () => {
    const { folder: layout } = await makeOciLayout(join(folder, 'layout'), {
      layers: [[{ name: 'a' }]],
      platform: parsePlatform('linux/s390x'),
    });
    expect(load(archiveOf(layout))).toMatchObject({ status: 0, stderr: '' });
    expect(load(archiveOf(layout), '--platform', 'linux/amd64')).toMatchObject({ status: 125, stdout: '' });
  });
});

describe('where save writes', () => {
  beforeEach(() => addImage(here.root, 'localhost/a:1'));

  test('stdout gets the same bytes as a file, and the file is its owner’s', () => {
    const tar = save('localhost/a:1');
    const { stdout } = spawnSync(program, ['save', 'localhost/a:1'], {
      env: { PATH: process.env.PATH, TSDOCKER_ROOT: here.root },
    });
    expect(stdout.equals(tar)).toBe(true);
    expect(statSync(join(folder, 'saved.tar')).mode & 0o777).toBe(0o600);
  });

  test('a file that is there is replaced, through a link as well, and a device is written to', () => {
    const tar = save('localhost/a:1');
    writeFileSync(join(folder, 'target'), 'old');
    symlinkSync('target', join(folder, 'link'));
    done(here, 'save', '-o', join(folder, 'link'), 'localhost/a:1');
    expect(readFileSync(join(folder, 'target')).equals(tar)).toBe(true);
    done(here, 'save', '-o', '/dev/null', 'localhost/a:1');
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['link', 'saved.tar', 'target']);
  });

  test.each([
    [['-o', 'kept', 'localhost/nothing'], 'there is no image localhost/nothing'],
    [['-o', 'kept', 'localhost/a:1', 'localhost/nothing:1'], 'there is no image localhost/nothing:1'],
    [['-o', '.', 'localhost/a:1'], '. is a directory'],
    [['-o', 'no/such/folder', 'localhost/a:1'], 'cannot write no/such/folder: no such file or directory'],
    [['-o', '/dev/full', 'localhost/a:1'], 'cannot write /dev/full: no space left on device'],
    [['--format', 'zip', '-o', 'kept', 'localhost/a:1'], '--format: "zip" is not a kind of archive'],
  ])('save %j fails, with one line, and leaves all as it was', (words, line) => {
    writeFileSync(join(folder, 'kept'), 'kept');
    const { status, stdout, stderr } = here.tsdockerWith({ cwd: folder }, 'save', ...words);
    expect({ status, stdout, line: stderr.split('\n')[0] }).toEqual({
      status: 125,
      stdout: '',
      line: expect.stringMatching(`^tsdocker: ${line.replaceAll('.', '\\.')}`),
    });
    expect(readdirSync(folder)).toEqual(['kept']);
    expect(readFileSync(join(folder, 'kept'), 'utf8')).toBe('kept');
  });

  test('a damaged or missing blob is noticed, and no file is left', () => {
    const blobs = join(here.root, 'image/blobs/sha256');
    const layer = readdirSync(blobs).find((name) => readFileSync(join(blobs, name))[0] === 0x1f)!;
    const bytes = readFileSync(join(blobs, layer));
    bytes[bytes.byteLength - 1]! ^= 1;
    writeFileSync(join(blobs, layer), bytes);
    expect(here.tsdockerWith({ cwd: folder }, 'save', '-o', 'a', 'localhost/a:1').stderr).toContain('is damaged');
    rmSync(join(blobs, layer));
    expect(here.tsdockerWith({ cwd: folder }, 'save', '-o', 'a', 'localhost/a:1').stderr).toContain('is missing');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a terminal gets no archive, and none is read from one', () => {
    const script = (words: string) =>
      spawnSync('script', ['-qec', `${program} ${words}`, '/dev/null'], {
        encoding: 'utf8',
        input: '',
        env: { PATH: process.env.PATH, TSDOCKER_ROOT: here.root, TERM: 'xterm' },
      });
    expect(script('save localhost/a:1')).toMatchObject({
      status: 125,
      stdout: expect.stringContaining('not for a terminal'),
    });
    expect(script('load')).toMatchObject({ status: 125, stdout: expect.stringContaining('no archive on stdin') });
  });

  test('a reader that goes away ends it with one line', () => {
    const { stderr } = spawnSync('sh', ['-c', `${program} save localhost/a:1 | :`], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, TSDOCKER_ROOT: here.root },
    });
    expect(stderr).toMatch(/^(tsdocker: cannot write to stdout: [^\n]*\n)?$/);
  });
});

test('Ctrl-C ends a load that waits for its input, and nothing is left', async () => {
  const child = spawn(program, ['load'], {
    env: { PATH: process.env.PATH, TSDOCKER_ROOT: there.root },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.write(Buffer.alloc(512));
  while (!existsSync(join(there.root, 'tsdocker.db'))) await new Promise((resolve) => setTimeout(resolve, 20));
  await new Promise((resolve) => setTimeout(resolve, 100));
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([130, null]);
  expect(readdirSync(join(there.root, 'tmp'))).toEqual([]);
});

test('Ctrl-C ends a save whose reader does not read', async () => {
  await addImage(here.root, 'localhost/a:1', { body: randomBytes(2 ** 20) });
  const child = spawn(program, ['save', 'localhost/a:1'], {
    env: { PATH: process.env.PATH, TSDOCKER_ROOT: here.root },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await once(child.stdout, 'readable'); // what a pipe and this stream hold is less than the image
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([130, null]);
});

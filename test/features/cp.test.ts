// tsdocker cp: every case of Docker's documentation ("docker container cp"), in both directions.
import { execFileSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Background, startBackground } from '../support/background.ts';
import { addBusybox } from '../support/busybox-image.ts';
import { rawTar } from '../support/raw-tar.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
let folder: string;
let running: Background;
beforeAll(async () => {
  store = makeStore();
  await addBusybox(store.root, 'localhost/tree', [
    { name: 'tree/', type: 'directory', mode: 0o755 },
    { name: 'tree/file', body: 'a file\n', mode: 0o640, uid: 5, gid: 6, mtime: new Date(1_000_000_000_000) },
    { name: 'tree/tool', body: 'a tool\n', mode: 0o4755, uid: 5, gid: 6 },
    { name: 'tree/sub/', type: 'directory', mode: 0o750 },
    { name: 'tree/sub/deep', body: 'deep\n' },
    { name: 'tree/to-file', type: 'symlink', linkname: 'file' },
    { name: 'to-tree', type: 'symlink', linkname: '/tree' },
    { name: 'dangling', type: 'symlink', linkname: '/tree/not-yet' },
  ]);
  running = await startBackground(store.root, 'localhost/tree', ':', '--name', 'running', '--tmpfs', '/scratch');
});
afterAll(async () => {
  await running.end();
  store[Symbol.dispose]();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-cp-'));
  expect(store.tsdocker('create', '--name', 'stopped', '--network', 'none', 'localhost/tree').status).toBe(0);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  store.tsdocker('rm', '-f', 'stopped');
  store.tsdocker('exec', 'running', 'sh', '-c', 'rm -rf /tmp/*');
});

const done = { status: 0, stdout: '', stderr: '' };
const cp = (...words: string[]) => store.tsdockerWith({ cwd: folder }, 'cp', ...words);
const refused = (text: string) => ({ status: 125, stdout: '', stderr: expect.stringContaining(text) });
/** The members of the tar of a path in a container. */
const members = (path: string): string[] => {
  const tar = join(folder, 'members.tar');
  execFileSync('sh', ['-c', `"$0" cp "$1" - >"$2"`, join(import.meta.dirname, '../../bin/tsdocker'), path, tar], {
    env: { PATH: process.env.PATH, TSDOCKER_ROOT: store.root },
  });
  const names = execFileSync('tar', ['-tf', tar], { encoding: 'utf8' }).split('\n').slice(0, -1);
  rmSync(tar);
  return names.sort();
};

for (const container of ['stopped', 'running']) {
  test(`a file of a ${container} container goes to a new name, over a file, and into a directory`, () => {
    expect(cp(`${container}:/tree/file`, 'new')).toEqual(done);
    expect(readFileSync(join(folder, 'new'), 'utf8')).toBe('a file\n');
    writeFileSync(join(folder, 'there'), 'something longer than that');
    expect(cp(`${container}:tree/file`, './there')).toEqual(done);
    expect(readFileSync(join(folder, 'there'), 'utf8')).toBe('a file\n');
    expect(cp(`${container}:/tree/file`, '.')).toEqual(done);
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('a file\n');
  });

  test(`a directory of a ${container} container goes whole, or what is in it`, () => {
    expect(cp(`${container}:/tree/sub`, 'new')).toEqual(done);
    expect(readdirSync(join(folder, 'new'))).toEqual(['deep']);
    expect(cp(`${container}:/tree/sub`, 'new')).toEqual(done);
    expect(readdirSync(join(folder, 'new')).sort()).toEqual(['deep', 'sub']);
    mkdirSync(join(folder, 'contents'));
    expect(cp(`${container}:/tree/.`, 'contents')).toEqual(done);
    expect(readdirSync(join(folder, 'contents')).sort()).toEqual(['file', 'sub', 'to-file', 'tool']);
    expect(statSync(join(folder, 'contents/sub')).mode & 0o7777).toBe(0o750);
    expect(readlinkSync(join(folder, 'contents/to-file'))).toBe('file');
    writeFileSync(join(folder, 'there'), '');
    expect(cp(`${container}:/tree`, 'there')).toEqual(refused('cannot copy a directory'));
  });

  test(`a file goes into a ${container} container: to a new name, over a file, into a directory, through links`, () => {
    writeFileSync(join(folder, 'mine'), 'mine\n');
    expect(cp('mine', `${container}:/tmp/new`)).toEqual(done);
    expect(cp('mine', `${container}:/tmp`)).toEqual(done);
    expect(cp('mine', `${container}:/tmp/new`)).toEqual(done);
    expect(members(`${container}:/tmp`)).toEqual(['tmp/', 'tmp/mine', 'tmp/new']);
    expect(cp('mine', `${container}:/tmp/nowhere/`)).toEqual(refused('no such directory'));
    expect(cp('mine', `${container}:/no/such/file`)).toEqual(refused('no such directory'));
    expect(cp('mine', `${container}:/tmp/new/`)).toEqual(refused('is not a directory'));
    expect(cp('missing', `${container}:/tmp`)).toEqual(refused('there is no'));
  });

  test(`a directory goes into a ${container} container whole, or what is in it`, () => {
    mkdirSync(join(folder, 'tree/inner'), { recursive: true });
    writeFileSync(join(folder, 'tree/inner/x'), 'x');
    expect(cp('tree', `${container}:/tmp/new`)).toEqual(done);
    expect(cp('tree', `${container}:/tmp`)).toEqual(done);
    expect(cp('tree/.', `${container}:/tmp/tree`)).toEqual(done);
    expect(cp(`${folder}/tree/.`, `${container}:/tmp/other`)).toEqual(done);
    const inner = (name: string) => [`tmp/${name}/`, `tmp/${name}/inner/`, `tmp/${name}/inner/x`];
    expect(members(`${container}:/tmp`)).toEqual(['tmp/', ...inner('new'), ...inner('other'), ...inner('tree')]);
    writeFileSync(join(folder, 'file'), '');
    expect(cp('file', `${container}:/tmp/file`)).toEqual(done);
    expect(cp('tree', `${container}:/tmp/file`)).toEqual(refused('cannot copy a directory'));
    mkdirSync(join(folder, 'clash'));
    writeFileSync(join(folder, 'clash/tree'), '');
    expect(cp('clash/.', `${container}:/tmp`)).toEqual(refused('cannot overwrite the directory'));
  });

  test(`archives come from and go to a ${container} container`, () => {
    const tar = rawTar({ name: 'in/', type: '5' }, { name: 'in/file', body: 'x', uid: 70, gid: 80, mode: 0o604 });
    expect(store.tsdockerWith({ input: tar }, 'cp', '-', `${container}:/tmp`)).toEqual(done);
    expect(cp('-a', `${container}:/tmp/in/file`, 'out')).toEqual(done);
    expect(statSync(join(folder, 'out'))).toMatchObject({ uid: 70, gid: 80, mode: 0o100604 });
    expect(store.tsdockerWith({ input: tar }, 'cp', '-', `${container}:/tmp/in/file`)).toEqual(
      refused('must be a directory'),
    );
    expect(store.tsdockerWith({ input: tar }, 'cp', '-', `${container}:/tmp/new`)).toEqual(
      refused('must be a directory'),
    );
    expect(store.tsdockerWith({ input: tar.subarray(0, 700) }, 'cp', '-', `${container}:/tmp`).status).toBe(125);
    expect(members(`${container}:/tmp/in/`)).toEqual(['in/', 'in/file']);
    expect(members(`${container}:/tmp/in/.`)).toEqual(['./', './file']);
    expect(members(`${container}:/tree/file`)).toEqual(['file']);
  });
}

test('files belong to whoever calls, and -a keeps owners and set-user-ID bits', () => {
  expect(cp('stopped:/tree/tool', 'plain')).toEqual(done);
  expect(statSync(join(folder, 'plain'))).toMatchObject({ uid: 0, gid: 0, mode: 0o100755 });
  expect(cp('-a', 'stopped:/tree/tool', 'kept')).toEqual(done);
  expect(statSync(join(folder, 'kept'))).toMatchObject({ uid: 5, gid: 6, mode: 0o104755 });
  writeFileSync(join(folder, 'mine'), '');
  chownSync(join(folder, 'mine'), 1234, 4321);
  expect(cp('mine', 'running:/tmp/plain')).toEqual(done);
  expect(cp('--archive', 'mine', 'running:/tmp/kept')).toEqual(done);
  expect(store.tsdocker('exec', 'running', 'stat', '-c', '%u:%g', '/tmp/plain', '/tmp/kept').stdout).toBe(
    '0:0\n1234:4321\n',
  );
});

test('times stay', () => {
  expect(cp('stopped:/tree/file', 'file')).toEqual(done);
  expect(statSync(join(folder, 'file')).mtimeMs).toBe(1_000_000_000_000);
  utimesSync(join(folder, 'file'), 7, 7);
  expect(cp('file', 'running:/tmp')).toEqual(done);
  expect(store.tsdocker('exec', 'running', 'stat', '-c', '%Y', '/tmp/file').stdout).toBe('7\n');
});

test('a link is copied as one, and with -L what it leads to, under its own name', () => {
  expect(cp('stopped:/to-tree', 'link')).toEqual(done);
  expect(readlinkSync(join(folder, 'link'))).toBe('/tree');
  expect(cp('-L', 'stopped:/to-tree', '.')).toEqual(done);
  expect(lstatSync(join(folder, 'to-tree')).isDirectory()).toBe(true);
  expect(cp('stopped:/to-tree/', 'through')).toEqual(done);
  expect(readdirSync(join(folder, 'through'))).toContain('file');
  symlinkSync('/etc/hostname', join(folder, 'here'));
  expect(cp('here', 'stopped:/tmp')).toEqual(done);
  expect(cp('--follow-link', 'here', 'stopped:/tmp/followed')).toEqual(done);
  expect(cp('stopped:/tmp', '.')).toEqual(done);
  expect(readlinkSync(join(folder, 'tmp/here'))).toBe('/etc/hostname');
  expect(readFileSync(join(folder, 'tmp/followed'), 'utf8')).toBe(readFileSync('/etc/hostname', 'utf8'));
});

test('a destination that is a link is what it leads to, there or not yet', () => {
  writeFileSync(join(folder, 'mine'), 'mine');
  expect(cp('mine', 'stopped:/to-tree')).toEqual(done);
  expect(cp('mine', 'stopped:/tree/to-file')).toEqual(done);
  expect(cp('mine', 'stopped:/dangling')).toEqual(done);
  expect(store.tsdocker('diff', 'stopped').stdout).toBe('C /tree\nC /tree/file\nA /tree/mine\nA /tree/not-yet\n');
  symlinkSync('target', join(folder, 'link'));
  expect(cp('stopped:/tree/file', 'link')).toEqual(done);
  expect(readFileSync(join(folder, 'target'), 'utf8')).toBe('mine');
});

test('what is copied into a container that does not run is there when it starts', () => {
  writeFileSync(join(folder, 'sh-input'), 'x');
  expect(
    store.tsdocker('create', '--name', 'later', '--network', 'none', 'localhost/tree', 'cat', '/tmp/x').status,
  ).toBe(0);
  writeFileSync(join(folder, 'x'), 'copied');
  expect(cp('x', 'later:/tmp')).toEqual(done);
  expect(store.tsdocker('start', '-a', 'later')).toEqual({ status: 0, stdout: 'copied', stderr: '' });
});

test('in a running container, what is mounted is seen, and nothing is put over a mount', () => {
  writeFileSync(join(folder, 'mine'), 'mine');
  expect(cp('mine', 'running:/scratch')).toEqual(done);
  expect(store.tsdocker('exec', 'running', 'cat', '/scratch/mine').stdout).toBe('mine');
  expect(cp('mine', 'running:/etc/hosts')).toEqual(refused('something is mounted there'));
  expect(store.tsdocker('exec', 'running', 'cat', '/etc/hosts').stdout).toContain('localhost');
});

test('a folder of the host that a container has is seen and written to, whether it runs or not', () => {
  mkdirSync(join(folder, 'shared'));
  writeFileSync(join(folder, 'shared/first'), '1');
  writeFileSync(join(folder, 'mine'), 'mine');
  const volumes = [
    '-v',
    `${folder}/shared:/data`,
    '-v',
    `${folder}/shared:/data-too:ro`,
    '-v',
    `${folder}/mine:/one:ro`,
  ];
  const script = 'mkdir -p /data /data-too';
  const words = ['--name', 'sharing', '--network', 'none', ...volumes, 'localhost/tree', 'sh', '-c', script];
  expect(store.tsdocker('run', ...words)).toMatchObject({ status: 0, stderr: '' });
  expect(members('sharing:/data')).toEqual(['data/', 'data/first']);
  expect(cp('mine', 'sharing:/data/second')).toEqual(done);
  expect(readFileSync(join(folder, 'shared/second'), 'utf8')).toBe('mine');
  expect(cp('mine', 'sharing:/data-too')).toEqual(refused('read-only'));
  expect(cp('stopped:/tree/file', 'other')).toEqual(done);
  expect(cp('other', 'sharing:/one')).toEqual(refused('something is mounted there'));
  expect(readFileSync(join(folder, 'mine'), 'utf8')).toBe('mine');
  expect(store.tsdocker('rm', 'sharing').status).toBe(0);
});

test('the root of a container that is read-only is not written to', async () => {
  writeFileSync(join(folder, 'mine'), 'mine');
  const words = ['--name', 'sealed', '--read-only', '--network', 'none', 'localhost/tree'];
  expect(store.tsdocker('create', ...words).status).toBe(0);
  expect(cp('mine', 'sealed:/tmp')).toEqual(refused('read-only'));
  const sealed = await startBackground(store.root, 'localhost/tree', ':', '--read-only', '--name', 'sealed-too');
  try {
    expect(cp('mine', 'sealed-too:/tmp')).toEqual(refused('read-only'));
  } finally {
    await sealed.end();
  }
});

test('the files of a container in a user namespace have the owners that it sees', async () => {
  const maps = ['--uidmap', '0:100000:65536', '--gidmap', '0:100000:65536'];
  const mapped = await startBackground(store.root, 'localhost/tree', ':', '--name', 'mapped', ...maps);
  try {
    writeFileSync(join(folder, 'mine'), 'mine');
    chownSync(join(folder, 'mine'), 8, 9);
    expect(cp('mine', 'mapped:/tmp/plain')).toEqual(done);
    expect(cp('-a', 'mine', 'mapped:/tmp/kept')).toEqual(done);
    expect(store.tsdocker('exec', 'mapped', 'stat', '-c', '%u:%g', '/tmp/plain', '/tmp/kept').stdout).toBe(
      '0:0\n8:9\n',
    );
    expect(cp('-a', 'mapped:/tmp/kept', 'back')).toEqual(done);
    expect(statSync(join(folder, 'back'))).toMatchObject({ uid: 8, gid: 9 });
  } finally {
    await mapped.end();
  }
});

test('impossible requests are said to be so', () => {
  expect(cp('stopped:/tree', 'running:/tmp')).toEqual(refused('from one container to another'));
  expect(cp('a', 'b')).toEqual(refused('neither the source nor the destination'));
  expect(cp('stopped:/none', '.')).toEqual(refused('there is no "/none"'));
  expect(cp('stopped:/tree/file/', '.')).toEqual(refused('is not a directory'));
  expect(cp('nobody:/x', '.')).toEqual(refused('there is no container nobody'));
  expect(cp('stopped:', '.')).toEqual(refused('is not CONTAINER:PATH'));
  expect(cp('stopped:/tree/file', 'no/such')).toEqual(refused('no such directory'));
  expect(existsSync(join(folder, 'no'))).toBe(false);
});

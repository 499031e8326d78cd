// import: from the tar of a file system to an image that runs.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeTar, sha256 } from '../support/image-fixture.ts';
import { type Ended, makeStore, type TestStore } from '../support/tsdocker.ts';

let folder: string;
let store: TestStore;
let tar: Uint8Array;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-import-'));
  store = makeStore();
  tar = await makeTar([
    { name: 'bin/', type: 'directory' },
    { name: 'bin/sh', mode: 0o755, body: readFileSync('/bin/busybox') },
    { name: 'etc/motd', body: 'imported' },
  ]);
});
afterEach(() => {
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

const id = ({ status, stdout, stderr }: Ended): string => {
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/);
  return stdout.trim();
};
const inspected = (name: string) => JSON.parse(store.tsdocker('image', 'inspect', name).stdout)[0];

test.each([
  ['plain', (bytes: Uint8Array) => Buffer.from(bytes)],
  ['compressed with gzip', (bytes: Uint8Array) => gzipSync(bytes)],
  ['compressed with zstd', (bytes: Uint8Array) => zstdCompressSync(bytes)],
])('a tar that is %s becomes an image, from a file and through a pipe', (_kind, compress) => {
  const bytes = compress(tar);
  writeFileSync(join(folder, 'rootfs'), bytes);
  const fromFile = id(store.tsdocker('import', join(folder, 'rootfs'), 'localhost/made'));
  const fromPipe = id(store.tsdockerWith({ input: bytes }, 'import', '-', 'localhost/piped:1'));
  expect(inspected('localhost/made:latest').Id).toBe(fromFile);
  expect(inspected('localhost/piped:1').Id).toBe(fromPipe);
  expect(inspected(fromPipe).RootFS.Layers).toEqual([sha256(tar)]);
  expect(readdirSync(join(store.root, 'image/blobs/sha256'))).toContain(sha256(bytes).slice(7));
  const ended = store.tsdocker('run', '--rm', '--network', 'none', 'localhost/made', '/bin/sh', '-c', 'cat /etc/motd');
  expect(ended).toEqual({ status: 0, stdout: 'imported', stderr: '' });
  expect(readdirSync(join(store.root, 'tmp'))).toEqual([]);
});

test('changes are in its config, the message in its history, and it is of the platform that was asked for', () => {
  const changes = [
    'CMD ["/bin/sh","-c","echo $GREETING"]',
    'ENV GREETING="good day"',
    'LABEL a=b',
    'HEALTHCHECK NONE',
    'EXPOSE 80',
  ];
  const flags = changes.flatMap((change) => ['--change', change]);
  id(store.tsdockerWith({ input: Buffer.from(tar) }, 'import', ...flags, '-m', 'from a test', '-', 'localhost/made'));
  expect(inspected('localhost/made')).toMatchObject({
    Comment: 'from a test',
    Config: { Env: ['GREETING=good day'], Labels: { a: 'b' }, ExposedPorts: { '80/tcp': {} } },
  });
  expect(store.tsdocker('run', '--rm', '--network', 'none', 'localhost/made').stdout).toBe('good day\n');
  const other = id(store.tsdockerWith({ input: Buffer.from(tar) }, 'import', '--platform', 'linux/arm64', '-'));
  expect(inspected(other)).toMatchObject({ Architecture: 'arm64', RepoTags: [], Comment: 'Imported from -' });
});

test('an imported image is saved and loaded as any other', () => {
  const made = id(store.tsdockerWith({ input: gzipSync(tar) }, 'import', '-', 'localhost/made'));
  expect(store.tsdocker('save', '-o', join(folder, 'a.tar'), 'localhost/made').status).toBe(0);
  using there = makeStore();
  expect(there.tsdocker('load', '-i', join(folder, 'a.tar')).stdout).toBe('Loaded image: localhost/made:latest\n');
  expect(there.tsdocker('images', '-q', '--no-trunc').stdout.trim()).toBe(made);
});

test.each<[words: string[], input: string | Buffer, line: string]>([
  [['missing.tar'], '', 'cannot read missing.tar: there is no such file'],
  [['.'], '', '. is a directory'],
  [['https://localhost/x.tar'], '', 'is a URL, and import reads files and stdin only'],
  [['-'], '', 'there is nothing to import'],
  [['-'], '\n', 'the archive is not a whole tar'],
  [['-'], 'x'.repeat(5000), 'the archive is not a whole tar'],
  [['-'], gzipSync('x'.repeat(5000)).subarray(0, 30), 'the archive'],
  [['-'], 'BZh91AY&SY', 'the tar is compressed with bzip2'],
  [['-', 'NOT A NAME'], '', 'is not the name of an image'],
  [['-', `a@sha256:${'a'.repeat(64)}`], '', 'has a digest'],
  [['-c', 'RUN make', '-'], '', 'is no change that can be made'],
  [['--platform', 'a/b/c/d', '-'], '', 'is not a platform'],
])('import %j fails with one line, and nothing is left', (words, input, line) => {
  const { status, stdout, stderr } = store.tsdockerWith({ input, cwd: folder }, 'import', ...words);
  expect({ status, stdout }).toEqual({ status: 125, stdout: '' });
  expect(stderr).toMatch(/^tsdocker: [^\n]+\n(?: {2}hint: [^\n]+\n)?$/);
  expect(stderr).toContain(line);
  const { stdout: images } = store.tsdocker('images', '-aq');
  expect(images).toBe('');
  for (const place of ['tmp', 'layer', 'download', 'image/blobs/sha256'])
    expect(readdirSync(join(store.root, place))).toEqual([]);
});

test('what tar of the host writes is taken', () => {
  const piped = spawnSync('tar', ['-C', '/etc', '-cf', '-', 'hostname', 'passwd']).stdout;
  const made = id(store.tsdockerWith({ input: piped }, 'import', '-'));
  expect(inspected(made).RootFS.Layers).toHaveLength(1);
});

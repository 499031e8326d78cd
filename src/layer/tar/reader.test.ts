import { execFile } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { type Header, pack } from 'tar-stream';
import { expect, test } from 'vitest';
import type { Entry } from '../entry.ts';
import { readArchive } from './archive.ts';

type Wanted = Partial<Omit<Header, 'pax'>> & { name: string; pax?: Record<string, string>; body?: string };

async function tarOf(...entries: readonly Wanted[]): Promise<Buffer> {
  const tar = pack();
  for (const { body = '', ...header } of entries) {
    if (header.type === undefined || header.type === 'file') tar.entry({ mtime: new Date(0), ...header }, body);
    else tar.entry({ mtime: new Date(0), ...header });
  }
  tar.finalize();
  return buffer(tar as unknown as AsyncIterable<Uint8Array>);
}

async function read(tar: Uint8Array, piece = 100_000): Promise<(Entry & { content: string })[]> {
  const entries: (Entry & { content: string })[] = [];
  async function* stream(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < tar.length; at += piece) yield tar.subarray(at, at + piece);
  }
  let content = '';
  let ended = true;
  await readArchive(stream(), {
    begin(entry) {
      expect(ended).toBe(true);
      ended = false;
      content = '';
      entries.push({ ...entry, content });
    },
    write: (bytes) => {
      content += Buffer.from(bytes).toString('latin1');
    },
    hole: (length) => {
      content += '\0'.repeat(length);
    },
    end() {
      ended = true;
      entries.push({ ...entries.pop()!, content });
    },
  });
  expect(ended).toBe(true);
  return entries;
}

/** A ustar header as bytes, with a byte of the caller's choice somewhere, and the right checksum. */
function patched(tar: Buffer, at: number, text: string): Buffer {
  const copy = Buffer.from(tar);
  copy.write(text, at, 'latin1');
  copy.fill(' ', 148, 156);
  const sum = copy.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  copy.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return copy;
}

test.each([1, 511, 512, 100_000])(
  'readArchive gives entries with their content, in pieces of %i bytes',
  async (piece) => {
    const tar = await tarOf(
      { name: 'a', body: 'hello' },
      { name: 'd/', type: 'directory', mode: 0o1777, uid: 5 },
      { name: 'big', body: 'x'.repeat(70_000) },
      { name: 'l', type: 'symlink', linkname: '../up' },
      { name: 'h', type: 'link', linkname: './a' },
    );
    const entries = await read(tar, piece);
    expect(entries.map(({ type, path, content }) => [type, path.join('/'), content.length])).toEqual([
      ['file', 'a', 5],
      ['directory', 'd', 0],
      ['file', 'big', 70_000],
      ['symlink', 'l', 0],
      ['link', 'h', 0],
    ]);
    expect(entries[1]).toMatchObject({ mode: 0o1777, uid: 5 });
    expect(entries[3]).toMatchObject({ target: '../up' });
    expect(entries[4]).toMatchObject({ target: ['a'] });
  },
);

test('readArchive keeps names and attributes as bytes, and takes ids and times from pax records', async () => {
  const tar = await tarOf({
    name: 'short',
    pax: { path: `${'日'.repeat(60)}`, uid: '4000000', mtime: '12.5', atime: '7', 'SCHILY.xattr.user.k': 'é' },
  });
  const [entry] = await read(tar);
  expect(Buffer.from(entry!.path[0]!, 'latin1').toString()).toBe('日'.repeat(60));
  expect(entry).toMatchObject({ uid: 4_000_000, modified: 12_500_000_000n, accessed: 7_000_000_000n });
  expect(entry!.attributes).toEqual([{ name: 'user.k', value: Buffer.from('é') }]);
});

test('readArchive keeps a file capability, which is not UTF-8, as it is', async () => {
  const capability = Buffer.from([1, 0, 0, 2, 0x80, 0, 0, 0, 0, 0, 0, 0, 0xff, 0, 0, 0, 0, 0, 0, 0]);
  const placeholder = 'x'.repeat(capability.length);
  const tar = await tarOf({ name: 'newuidmap', pax: { 'SCHILY.xattr.security.capability': placeholder } });
  capability.copy(tar, tar.indexOf(placeholder));
  const [entry] = await read(tar);
  expect(entry!.attributes).toEqual([{ name: 'security.capability', value: capability }]);
});

test('readArchive does not let global pax records speak for every entry', async () => {
  const tar = await tarOf({ name: 'a', pax: { path: 'everywhere' } }, { name: 'b' });
  const [first, second] = await read(patched(tar, 156, 'g'));
  expect([first!.path, second!.path]).toEqual([['PaxHeader'], ['b']]);
});

test.each([
  [
    'is cut within an entry',
    async () => (await tarOf({ name: 'a', body: 'x'.repeat(2000) })).subarray(0, 1024),
    'not a whole tar',
  ],
  ['is no tar', async () => Buffer.from('<html>'.repeat(1000)), 'not a whole tar'],
  ['has a broken checksum', async () => (await tarOf({ name: 'a' })).fill('b', 0, 1), 'not a whole tar'],
  [
    'has entries behind its end',
    async () => Buffer.concat([await tarOf({ name: 'a' }), await tarOf({ name: 'b' })]),
    'behind its end',
  ],
  [
    'has a block of zeros between entries',
    async () =>
      Buffer.concat([(await tarOf({ name: 'a' })).subarray(0, 512), Buffer.alloc(512), await tarOf({ name: 'b' })]),
    'behind its end',
  ],
  [
    'has a kind of entry that layers do not have',
    async () => patched(await tarOf({ name: 'a' }), 156, 'D'),
    'of a kind',
  ],
  [
    'has a hard link with content',
    async () => patched(patched(await tarOf({ name: 'a', body: 'x' }), 156, '1'), 157, 'b'),
    'has content',
  ],
  ['has a directory with content', async () => patched(await tarOf({ name: 'a', body: 'x' }), 156, '5'), 'has content'],
  ['has a negative owner', async () => tarOf({ name: 'a', pax: { uid: '-1' } }), 'no usable uid'],
  ['has the owner that means none', async () => tarOf({ name: 'a', pax: { gid: '4294967295' } }), 'no usable gid'],
  [
    'has a sparse file whose pieces overlap',
    async () => tarOf({ name: 'a', body: 'xy', pax: { 'GNU.sparse.map': '0,1,0,1', 'GNU.sparse.size': '9' } }),
    'whose map is wrong',
  ],
  [
    'has a sparse file with a piece behind its end',
    async () => tarOf({ name: 'a', body: 'xy', pax: { 'GNU.sparse.map': '8,2', 'GNU.sparse.size': '9' } }),
    'whose map is wrong',
  ],
  ['has a symbolic link to nothing', async () => patched(await tarOf({ name: 'a' }), 156, '2'), 'no usable target'],
])('readArchive refuses a tar that %s', async (_name, make, why) => {
  await expect(read(await make())).rejects.toThrow(why);
});

test('readArchive throws what its source and its sink throw', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield (await tarOf({ name: 'a', body: 'x'.repeat(5000) })).subarray(0, 1024);
    throw new Error('the line is cut');
  }
  const sink = { begin() {}, write() {}, hole() {}, end() {} };
  await expect(readArchive(broken(), sink)).rejects.toThrow('the line is cut');
  const tar = await tarOf({ name: 'a', body: 'x' }, { name: 'b', body: 'y' });
  for (const step of ['begin', 'write', 'end'] as const) {
    const full = {
      ...sink,
      [step]: () => {
        throw new Error('the disk is full');
      },
    };
    await expect(
      readArchive(
        (async function* () {
          yield tar;
        })(),
        full,
      ),
    ).rejects.toThrow('the disk is full');
  }
});

test.each([
  ['--format=gnu'],
  ['--format=pax', '--sparse-version=0.0'],
  ['--format=pax', '--sparse-version=0.1'],
  ['--format=pax', '--sparse-version=1.0'],
])('readArchive reads what GNU tar makes of files with holes with %s %s', async (...words) => {
  const folder = mkdtempSync(join(tmpdir(), 'tsdocker-sparse-'));
  try {
    const pieces = Array.from({ length: 40 }, (_, index) => [index * 65_536, `piece ${index}`] as const);
    const file = openSync(join(folder, 'many'), 'w');
    for (const [at, text] of pieces) writeSync(file, text, at);
    ftruncateSync(file, 3_000_000);
    closeSync(file);
    writeFileSync(join(folder, 'hole'), '');
    truncateSync(join(folder, 'hole'), 100_000);
    const { stdout } = await promisify(execFile)('tar', ['-c', '--sparse', ...words, 'many', 'hole'], {
      cwd: folder,
      encoding: 'buffer',
      maxBuffer: 2 ** 26,
    });
    const entries = await read(stdout, 1000);
    expect(entries.map(({ path }) => path.join('/'))).toEqual(['many', 'hole']);
    for (const { path, content } of entries) {
      expect(content === readFileSync(join(folder, path[0]!), 'latin1')).toBe(true);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

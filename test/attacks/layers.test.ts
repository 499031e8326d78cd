// Layers that attack who unpacks them. Each is really unpacked, beside a file that must not be touched; afterwards nothing of
// it may be left.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ChainID, DiffID } from '../../src/image/digest.ts';
import { mediaTypes } from '../../src/image/media-types.ts';
import { directoryDriver } from '../../src/layer/directory-driver.ts';
import { openStore } from '../../src/store/store.ts';
import { type LayerEntry, makeTar, sha256 } from '../support/image-fixture.ts';

let folder: string;
let layers: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-attack-'));
  layers = join(folder, 'layers');
  mkdirSync(layers);
  writeFileSync(join(folder, 'victim'), 'untouched', { mode: 0o600 });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const chainOf = (number: number) => `sha256:${String(number).padStart(64, '0')}` as ChainID;

/** Unpacks the layers one on top of the other; returns the directory of the last. */
async function unpack(...stack: readonly (readonly LayerEntry[])[]): Promise<string> {
  const driver = directoryDriver(layers);
  const chain: ChainID[] = [];
  for (const entries of stack) {
    const tar = await makeTar(entries);
    const id = chainOf(chain.length + 1);
    const blob = { mediaType: mediaTypes.ociLayer, size: tar.byteLength, diffID: sha256(tar) as DiffID };
    const content = (async function* () {
      yield tar;
    })();
    await driver.add(id, { ...blob, content }, chain);
    chain.push(id);
  }
  return join(layers, chainOf(stack.length).slice('sha256:'.length), 'fs');
}

function expectNothingTouched(): void {
  expect(readFileSync(join(folder, 'victim'), 'utf8')).toBe('untouched');
  expect(statSync(join(folder, 'victim'))).toMatchObject({ nlink: 1, uid: 0 });
  expect(statSync(join(folder, 'victim')).mode & 0o7777).toBe(0o600);
  expect(readdirSync(folder).sort()).toEqual(['layers', 'victim']);
}

const link = (name: string, linkname: string): LayerEntry => ({ name, type: 'symlink', linkname });
const hardLink = (name: string, linkname: string): LayerEntry => ({ name, type: 'link', linkname });
const victim = '../../../victim';

describe('unpacking refuses, and leaves nothing of, a layer with', () => {
  test.each<[string, LayerEntry[], string]>([
    ['a name that leads upwards', [{ name: `a/${victim}`, body: 'x' }], 'leads out of its layer'],
    ['a hard link that leads upwards', [hardLink('a', victim)], 'leads out of its layer'],
    ['a hard link to what only the host has', [hardLink('a', '/etc/passwd')], 'no file of the same layer'],
    [
      'a hard link to a directory',
      [{ name: 'd/', type: 'directory' }, hardLink('a', 'd')],
      'no file of the same layer',
    ],
    ['a hard link to itself', [hardLink('a', 'a')], 'no file of the same layer'],
    ['a hard link through a link to the host', [link('etc', '/etc'), hardLink('a', 'etc/passwd')], 'leads nowhere'],
    ['a whiteout of the directory above', [{ name: 'a/.wh...', body: '' }], 'names nothing that can be removed'],
    ['a whiteout of the directory itself', [{ name: 'a/.wh..', body: '' }], 'names nothing that can be removed'],
    [
      'a device that overlayfs takes for a whiteout',
      [{ name: 'a', type: 'character-device', devmajor: 0, devminor: 0 }],
      'takes for a whiteout',
    ],
    [
      'an overlayfs redirect (the family of CVE-2023-0386)',
      [{ name: 'd/', type: 'directory', pax: { 'SCHILY.xattr.trusted.overlay.redirect': '/etc' } }],
      'overlayfs',
    ],
    [
      'an overlayfs metacopy',
      [{ name: 'f', body: '', pax: { 'SCHILY.xattr.user.overlay.metacopy': '' } }],
      'overlayfs',
    ],
    [
      'a file below a file',
      [
        { name: 'a', body: 'x' },
        { name: 'a/b', body: 'y' },
      ],
      'do not lie in a directory',
    ],
    ['a file below a link that leads to itself', [link('a', 'a'), { name: 'a/b', body: 'y' }], 'leads nowhere'],
    [
      'a file below a link to what is not there',
      [link('a', '/home'), { name: 'a/b', body: 'y' }],
      'do not lie in a directory',
    ],
    ['a root that is a file', [{ name: './', type: 'file', body: 'x' }], 'is not a directory'],
    ['a root that is a link', [link('/', '/etc')], 'is not a directory'],
  ])('%s', async (_name, entries, why) => {
    await expect(unpack([{ name: 'before', body: 'x' }, ...entries])).rejects.toThrow(why);
    expectNothingTouched();
    expect(readdirSync(layers)).toEqual([]);
  });
});

test('a link to a host folder leads to the layer’s own folder of that name (CVE-2018-15664)', async () => {
  const root = await unpack([
    { name: 'tmp/', type: 'directory', mode: 0o1777 },
    link('escape', '/tmp'),
    link('upwards', '../../../../../../tmp'),
    { name: 'escape/a', body: 'x', mode: 0o755, uid: 5 },
    { name: 'upwards/b', body: 'y' },
    { name: 'escape/d/e', body: 'z' },
    hardLink('c', 'escape/a'),
  ]);
  expect(readdirSync(join(root, 'tmp')).sort()).toEqual(['a', 'b', 'd']);
  expect(statSync(join(root, 'c')).nlink).toBe(2);
  expectNothingTouched();
});

test('a file takes the place of a link, and does not go where it leads', async () => {
  const target = join(folder, 'victim');
  const root = await unpack([
    link('a', target),
    { name: 'a', body: 'new', mode: 0o644, uid: 7 },
    link('b', folder),
    { name: 'b/', type: 'directory', mode: 0o777, uid: 7 },
    { name: 'b/victim', body: 'new' },
  ]);
  expect(readFileSync(join(root, 'a'), 'utf8')).toBe('new');
  expect(readFileSync(join(root, 'b/victim'), 'utf8')).toBe('new');
  expectNothingTouched();
});

test('owner, mode, times and attributes of a link go to the link, not to where it leads', async () => {
  const target = join(folder, 'victim');
  const before = statSync(target);
  await unpack([
    {
      ...link('a', target),
      uid: 7,
      gid: 7,
      mode: 0o777,
      mtime: new Date(1000),
      pax: { 'SCHILY.xattr.trusted.x': 'y' },
    },
  ]);
  expect(statSync(target)).toMatchObject({ uid: before.uid, mtimeMs: before.mtimeMs, ctimeMs: before.ctimeMs });
  expectNothingTouched();
});

test('a hard link and an entry of the same name do not change the file that it was linked to', async () => {
  const root = await unpack([
    { name: 'passwd', body: 'first', mode: 0o600 },
    hardLink('other', 'passwd'),
    { name: 'other', body: 'second', mode: 0o666, uid: 9 },
  ]);
  expect(readFileSync(join(root, 'passwd'), 'utf8')).toBe('first');
  expect(statSync(join(root, 'passwd'))).toMatchObject({ uid: 0, nlink: 1 });
});

test('a hard link to a symbolic link is one to the link, not to the host’s file (CVE-2021-30465’s kind)', async () => {
  await unpack([link('a', join(folder, 'victim')), hardLink('b', 'a')]);
  expectNothingTouched();
});

test('an implied directory does not copy what a lower layer’s link leads to', async () => {
  const root = await unpack([link('tmp', '/tmp')], [{ name: 'tmp/a', body: 'x' }]);
  expect(statSync(join(root, 'tmp')).mode & 0o7777).toBe(0o755);
  expect(statSync(join(root, 'tmp/a')).size).toBe(1);
});

test('a tree deeper than any path, made through links, is replaced and removed without a trace', async () => {
  const step = 'd/'.repeat(60);
  const entries: LayerEntry[] = [{ name: `top/${step}`, type: 'directory' }];
  // Each link leads 60 directories further down from the one before.
  let at = `top/${step}`;
  for (let count = 0; count < 60; count++) {
    const name = `s${count}`;
    entries.push({ name, type: 'symlink', linkname: at.slice(0, -1) }, { name: `${name}/${step}`, type: 'directory' });
    at = `${name}/${step}`;
  }
  const root = await unpack([...entries.slice(0, 21), { name: 'top', body: 'a file now' }]);
  expect(readFileSync(join(root, 'top'), 'utf8')).toBe('a file now');
  await expect(unpack([...entries, { name: '..', body: '' }])).rejects.toThrow();
  expect(readdirSync(layers)).toEqual([chainOf(1).slice('sha256:'.length)]);
});

test('a decompression bomb is refused before it fills the disk', async () => {
  const size = 2 ** 31;
  // A name that is ignored: the test need not write a gibibyte.
  const head = (await makeTar([{ name: '.wh..wh.zeros', body: '' }])).slice(0, 512) as Buffer;
  head.write(size.toString(8).padStart(11, '0'), 124, 'latin1');
  head.fill(' ', 148, 156);
  head.write(
    `${head
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
    'latin1',
  );
  // gzip members may follow one another: a gibibyte and more of zeros in a megabyte.
  const zeros = gzipSync(Buffer.alloc(2 ** 26));
  const bomb = Buffer.concat([gzipSync(head), ...Array.from({ length: 32 }, () => zeros)]);
  const content = (async function* () {
    yield bomb;
  })();
  const blob = { mediaType: mediaTypes.ociLayerGzip, size: bomb.byteLength, diffID: sha256(bomb) as DiffID, content };
  await expect(directoryDriver(layers).add(chainOf(1), blob, [])).rejects.toThrow('times its size');
  expect(readdirSync(layers)).toEqual([]);
});

test('no user of the host reaches what layers hold: set-user-ID programs and devices (CVE-2021-41091)', () => {
  using store = openStore(join(folder, 'store'));
  const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8);
  expect(modeOf(store.root)).toBe('711');
  expect([store.paths.image, store.paths.layer, store.paths.tmp].map(modeOf)).toEqual(['700', '700', '700']);
  expect(modeOf(join(store.root, 'tsdocker.db'))).toBe('600');
});

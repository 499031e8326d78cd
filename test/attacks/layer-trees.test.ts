// Links, files and folders of a layer that take each other's place: what a driver writes stays within its layer, and does not go
// where the layer's links lead on the host.
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TsdockerError } from '../../src/error.ts';
import type { ChainID, DiffID } from '../../src/image/digest.ts';
import { mediaTypes } from '../../src/image/media-types.ts';
import { openStore } from '../../src/store/store.ts';
import { type LayerEntry, makeTar, sha256 } from '../support/image-fixture.ts';
import { testedDrivers } from '../support/layer-drivers.ts';
import { readTree } from '../support/trees.ts';

let folder: string;
let layers: string;
let shown: DisposableStack;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-attack-'));
  layers = join(folder, 'layers');
  mkdirSync(layers);
  writeFileSync(join(folder, 'victim'), 'untouched', { mode: 0o600 });
  shown = new DisposableStack();
});
afterEach(() => {
  shown.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const chainOf = (number: number) => `sha256:${String(number).padStart(64, '0')}` as ChainID;
const link = (name: string, linkname: string): LayerEntry => ({ name, type: 'symlink', linkname });
const hardLink = (name: string, linkname: string): LayerEntry => ({ name, type: 'link', linkname });

function expectNothingTouched(): void {
  expect(readFileSync(join(folder, 'victim'), 'utf8')).toBe('untouched');
  expect(statSync(join(folder, 'victim'))).toMatchObject({ nlink: 1, uid: 0 });
  expect(statSync(join(folder, 'victim')).mode & 0o7777).toBe(0o600);
  expect(readdirSync(folder).sort()).toEqual(['layers', 'victim']);
}

/** The names, and what the records say of the first of them, are what GNU tar sees. */
async function expectShown(root: string, entries: readonly LayerEntry[]): Promise<void> {
  const tree = await readTree(root);
  const [{ name, pax = {} }] = entries as [LayerEntry];
  const found = tree[`/${name}`.replace(/\/$/, '')];
  expect(found).toBeDefined();
  // A file system without room for a time takes the one next to it.
  if (pax.mtime !== undefined) expect(found!.modified > 0n).toBe(BigInt(pax.mtime) > 0n);
  for (const [key, value] of Object.entries(pax)) {
    const attribute = key.slice('SCHILY.xattr.'.length);
    if (key.startsWith('SCHILY.xattr.') && attribute.includes('.') && !attribute.startsWith('system.'))
      expect(found!.attributes[attribute] === Buffer.from(value).toString('hex')).toBe(true);
  }
  expect(Object.keys(tree).length).toBeGreaterThan(entries.length);
}

describe.each(testedDrivers)('layers as $name', ({ open, show }) => {
  /** Adds the layers one on top of the other; the root of the last. */
  async function unpack(...stack: readonly (readonly LayerEntry[])[]): Promise<string> {
    const driver = open(layers);
    const chain: ChainID[] = [];
    for (const entries of stack) {
      const tar = await makeTar(entries);
      const id = chainOf(chain.length + 1);
      const content = (async function* () {
        yield tar;
      })();
      const blob = { mediaType: mediaTypes.ociLayer, size: tar.byteLength, diffID: sha256(tar) as DiffID, content };
      await driver.add(id, blob, Promise.resolve([...chain]));
      chain.push(id);
    }
    return shown.use(show(layers, chainOf(stack.length))).root;
  }

  test.each<[string, LayerEntry[], string]>([
    ['a hard link to what only the host has', [hardLink('a', '/etc/passwd')], 'no file of the same layer'],
    ['a hard link to a folder', [{ name: 'd/', type: 'directory' }, hardLink('a', 'd')], 'no file of the same layer'],
    ['a hard link to itself', [hardLink('a', 'a')], 'no file of the same layer'],
    ['a hard link to a later file', [hardLink('a', 'b'), { name: 'b', body: 'x' }], 'no file of the same layer'],
    ['a hard link through a link to the host', [link('etc', '/etc'), hardLink('a', 'etc/passwd')], 'leads nowhere'],
    [
      'a file below a file',
      [
        { name: 'a', body: '' },
        { name: 'a/b', body: '' },
      ],
      'do not lie in a directory',
    ],
    ['a file below a link that leads to itself', [link('a', 'a'), { name: 'a/b', body: 'y' }], 'leads nowhere'],
    [
      'a file below two links that lead to each other',
      [link('a', 'b'), link('b', 'a'), { name: 'a/b' }],
      'leads nowhere',
    ],
    ['a file below a link to nothing', [link('a', '/home'), { name: 'a/b', body: 'y' }], 'not lie in a directory'],
    ['a root that is a file', [{ name: './', type: 'file', body: 'x' }], 'is not a directory'],
    ['a root that is a link', [link('/', '/etc')], 'is not a directory'],
    ['a root that is a hard link', [{ name: 'f', body: '' }, hardLink('.', 'f')], 'is not a directory'],
  ])('refuse, and leave nothing of, %s', async (_name, entries, why) => {
    await expect(unpack([{ name: 'before', body: 'x' }, ...entries])).rejects.toThrow(why);
    expectNothingTouched();
    expect(readdirSync(layers)).toEqual([]);
  });

  test.each<[string, LayerEntry[]]>([
    ['a value of 64 KiB', [{ name: 'f', body: '', pax: { 'SCHILY.xattr.trusted.a': 'x'.repeat(65_536) } }]],
    ['a value of one byte less', [{ name: 'f', body: '', pax: { 'SCHILY.xattr.trusted.a': 'x'.repeat(65_535) } }]],
    [
      'ten values of 60,000 bytes',
      [
        {
          name: 'f',
          body: '',
          pax: Object.fromEntries(
            Array.from({ length: 10 }, (_, index) => [`SCHILY.xattr.trusted.${index}`, 'x'.repeat(60_000)]),
          ),
        },
      ],
    ],
    [
      '200 attributes with names of 255 bytes',
      [
        {
          name: 'f',
          body: '',
          pax: Object.fromEntries(
            Array.from({ length: 200 }, (_, index) => [
              `SCHILY.xattr.trusted.${String(index).padStart(247, 'a')}`,
              'x',
            ]),
          ),
        },
      ],
    ],
    ['an attribute of no known kind', [{ name: 'f', body: '', pax: { 'SCHILY.xattr.nonsense': 'x' } }]],
    [
      'a list of permissions that is none',
      [{ name: 'f', body: '', pax: { 'SCHILY.xattr.system.posix_acl_access': 'x' } }],
    ],
    ['a time before all times', [{ name: 'f', body: '', pax: { mtime: `-${'9'.repeat(18)}` } }]],
    ['a time behind all times', [{ name: 'f', body: '', pax: { mtime: '9'.repeat(18) } }]],
    [
      '70,000 hard links',
      [{ name: 'f', body: 'x' }, ...Array.from({ length: 70_000 }, (_, index) => hardLink(`l${index}`, 'f'))],
    ],
    [
      '20,000 names of 255 bytes in a folder',
      Array.from({ length: 20_000 }, (_, i) => ({ name: String(i).padStart(255, 'a') })),
    ],
    ['500 folders in each other', [{ name: 'd/'.repeat(500), type: 'directory' }]],
  ])('take %s as it is, or refuse it in one clear line', { timeout: 120_000 }, async (_name, entries) => {
    const root = await unpack(entries).catch((error: unknown) => {
      expect(error).toBeInstanceOf(TsdockerError);
      expect((error as Error).message).not.toContain('\n');
      return undefined;
    });
    expectNothingTouched();
    if (root === undefined) expect(readdirSync(layers)).toEqual([]);
    else await expectShown(root, entries);
  });

  test('CVE-2018-15664: a link to a host folder leads to the layer’s own folder of that name', async () => {
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

  test('CVE-2019-14271: a link that took the place of a folder is not followed to the host', async () => {
    const root = await unpack([
      { name: 'd/', type: 'directory' },
      { name: 'd/victim', body: 'mine' },
      link('d', folder),
      { name: 'd2/', type: 'directory' },
    ]);
    expect(lstatSync(join(root, 'd')).isSymbolicLink()).toBe(true);
    expectNothingTouched();
  });

  test('a file takes the place of a link, and does not go where it leads', async () => {
    const root = await unpack([
      link('a', join(folder, 'victim')),
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
    const metadata = { uid: 7, gid: 7, mode: 0o777, mtime: new Date(1000), pax: { 'SCHILY.xattr.trusted.x': 'y' } };
    await unpack([{ ...link('a', target), ...metadata }]);
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

  test('CVE-2021-30465’s kind: a hard link to a symbolic link is one to the link, not to the host’s file', async () => {
    const root = await unpack([link('a', join(folder, 'victim')), hardLink('b', 'a')]);
    expect(lstatSync(join(root, 'b')).isSymbolicLink()).toBe(true);
    expectNothingTouched();
  });

  test('a hard link reaches no file of a layer below', async () => {
    await expect(unpack([{ name: 'secret', body: 'x' }], [hardLink('mine', 'secret')])).rejects.toThrow(
      'no file of the same layer',
    );
    expect(readdirSync(layers)).toEqual([chainOf(1).slice('sha256:'.length)]);
  });

  test('a whiteout takes nothing away but in its layer’s own tree', async () => {
    await unpack([link('a', folder)], [{ name: 'a/.wh.victim', body: '' }]);
    await unpack([link('a', folder)], [link('b', folder), { name: 'b/.wh..wh..opq', body: '' }]).catch(() => undefined);
    expectNothingTouched();
  });

  test('a path through a link that is replaced leads where the new one does', async () => {
    const root = await unpack([
      { name: 'd/', type: 'directory' },
      link('l', '.'),
      { name: 'l/x', body: 'in the root' },
      link('l/l', 'd'),
      { name: 'l/y', body: 'in the folder' },
    ]);
    expect(readdirSync(root).sort()).toEqual(['d', 'l', 'x']);
    expect(readdirSync(join(root, 'd'))).toEqual(['y']);
  });

  test('a link in the place of a folder leaves its times, and those of where it leads, alone', async () => {
    const root = await unpack([
      { name: 'd/', type: 'directory', mtime: new Date(5000) },
      { name: 'gone/', type: 'directory', mtime: new Date(9000) },
      link('gone', 'd'),
      { name: 'circle/', type: 'directory', mtime: new Date(9000) },
      link('circle', 'circle'),
    ]);
    expect(lstatSync(join(root, 'circle')).isSymbolicLink()).toBe(true);
    expect(statSync(join(root, 'd')).mtimeMs).toBe(5000);
  });

  test('an implied folder does not copy what a lower layer’s link leads to', async () => {
    const root = await unpack([link('tmp', '/tmp')], [{ name: 'tmp/a', body: 'x' }]);
    expect(statSync(join(root, 'tmp')).mode & 0o7777).toBe(0o755);
    expect(statSync(join(root, 'tmp/a')).size).toBe(1);
  });

  test('a tree deeper than any path, made through links, is replaced and removed without a trace', async () => {
    const step = 'd/'.repeat(60);
    const entries: LayerEntry[] = [{ name: `top/${step}`, type: 'directory' }];
    // Each link leads 60 folders further down from the one before.
    let at = `top/${step}`;
    for (let count = 0; count < 60; count++) {
      const name = `s${count}`;
      const below: LayerEntry = { name: `${name}/${step}`, type: 'directory' };
      entries.push({ name, type: 'symlink', linkname: at.slice(0, -1) }, below);
      at = `${name}/${step}`;
    }
    const root = await unpack([...entries.slice(0, 21), { name: 'top', body: 'a file now' }]);
    expect(readFileSync(join(root, 'top'), 'utf8')).toBe('a file now');
    await expect(unpack([...entries, { name: '..', body: '' }])).rejects.toThrow();
    expect(readdirSync(layers)).toEqual([chainOf(1).slice('sha256:'.length)]);
  });
});

test('CVE-2021-41091: no user of the host reaches what layers hold, set-user-ID programs and devices', () => {
  using store = openStore(join(folder, 'store'));
  const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8);
  expect(modeOf(store.root)).toBe('711');
  expect([store.paths.image, store.paths.layer, store.paths.tmp].map(modeOf)).toEqual(['700', '700', '700']);
  expect(modeOf(join(store.root, 'tsdocker.db'))).toBe('600');
});

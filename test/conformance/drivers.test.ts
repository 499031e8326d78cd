// Both layer drivers against umoci and containerd: what each makes of the same layers, one by one and merged, every file with all
// its metadata; and what erofs-utils says of our images.
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ChainID, chainIDs } from '../../src/image/digest.ts';
import { findLayer } from '../../src/layer/place.ts';
import { containerdUnpack } from '../support/containerd.ts';
import { type LayerEntry, type Layout, makeOciLayout } from '../support/image-fixture.ts';
import { type TestedDriver, testedDrivers } from '../support/layer-drivers.ts';
import { blobFile } from '../support/layout-source.ts';
import { readMerged, readTree, type TreeEntry, umociUnpack } from '../support/trees.ts';

const run = promisify(execFile);
type Tree = Record<string, TreeEntry>;

const time = (seconds: number): { mtime: Date } => ({ mtime: new Date(seconds * 1000) });
const directory = (name: string, more: Partial<LayerEntry> = {}): LayerEntry => ({ name, type: 'directory', ...more });
const record = (...bytes: number[]): string => String.fromCharCode(...bytes);

/** struct vfs_cap_data of `cap_net_raw=ep` (capability.h), and posix_acl_xattr: u::rw-,u:77:r--,g::r--,m::r--,o::--- */
const capability = record(1, 0, 0, 2, 0, 32, ...Array<number>(14).fill(0));
const entry = (tag: number, permissions: number, id = 0): number[] => [tag, 0, permissions, 0, id, 0, 0, 0];
const acl = record(2, 0, 0, 0, ...entry(1, 6), ...entry(2, 4, 77), ...entry(4, 4), ...entry(16, 4), ...entry(32, 0));

const base: LayerEntry[] = [
  directory('./', { mode: 0o751, ...time(100) }),
  directory('tmp/', { mode: 0o1777, ...time(200) }),
  directory('opt/', { mode: 0o2775, pax: { uid: '70000', gid: '4000000000' }, ...time(300) }),
  directory('opt/app/', { mode: 0o700, uid: 9, ...time(310) }),
  directory('srv/', time(400)),
  { name: 'srv/old', body: 'old' },
  directory('srv/deep/', time(410)),
  { name: 'srv/deep/old', body: 'old' },
  directory('gone/', time(420)),
  { name: 'gone/x', body: 'x' },
  { name: 'file-then-folder', body: 'file' },
];

const kinds: LayerEntry[] = [
  { name: 'empty', body: '', ...time(500) },
  { name: 'twice', body: 'the first', mode: 0o600 },
  { name: 'twice', body: 'the second', mode: 0o644, ...time(510) },
  { name: 'first', body: 'linked', mode: 0o4755, uid: 3, ...time(520) },
  { name: 'late/er/second', type: 'link', linkname: 'first', mode: 0o4755, uid: 3, ...time(520) },
  directory('late/', time(530)),
  directory('late/er/', time(540)),
  { name: 'long-link', type: 'symlink', linkname: `/${'far/'.repeat(1000)}away`, ...time(550) },
  { name: 'pipe', type: 'fifo', mode: 0o620, ...time(560) },
  { name: 'null', type: 'character-device', devmajor: 1, devminor: 3, mode: 0o666, ...time(570) },
  { name: 'disk', type: 'block-device', devmajor: 259, devminor: 1_000_000, mode: 0o660, ...time(580) },
  { name: 'exact', body: '', pax: { mtime: '590.123456789' } },
  { name: 'ancient', body: '', pax: { mtime: '-86400.25' } },
  { name: 'owned', body: 'x', pax: { uid: '4294967294', gid: '70000' }, ...time(600) },
  { name: 'net', body: 'x', mode: 0o755, ...time(610), pax: { 'SCHILY.xattr.security.capability': capability } },
  { name: 'shared', body: 'x', mode: 0o640, ...time(620), pax: { 'SCHILY.xattr.system.posix_acl_access': acl } },
  {
    name: 'attributed',
    body: 'x',
    ...time(630),
    pax: { 'SCHILY.xattr.user.a': 'b', 'SCHILY.xattr.trusted.t': 'c', 'SCHILY.xattr.user.long': 'v'.repeat(2000) },
  },
  { name: `${'long-'.repeat(45)}name`, body: 'x', ...time(640) },
  { name: `${'d'.repeat(120)}/${'e'.repeat(130)}`, body: 'x', ...time(650) },
  directory(`${'d'.repeat(120)}/`, time(655)),
  { name: 'größe-日本', body: 'x', ...time(660) },
  { name: 'a-block', body: 'b'.repeat(4096), ...time(670) },
  { name: 'more', body: 'b'.repeat(4097), ...time(680) },
];

const changes: LayerEntry[] = [
  { name: 'tmp/implied', body: 'its directory has no entry', ...time(700) },
  { name: 'opt/app/implied', body: 'nor have these', ...time(710) },
  { name: 'srv/.wh..wh..opq', body: '' },
  { name: 'srv/new', body: 'new', ...time(720) },
  { name: '.wh.gone', body: '' },
  { name: '.wh.never-there', body: '' },
  { name: 'late/.wh.nor-this', body: '' },
  directory('file-then-folder/', time(730)),
  { name: 'file-then-folder/x', body: 'x', ...time(740) },
];

/** Files with holes, one archive for each of GNU tar's forms but its oldest, which containerd does not read. */
function sparseTars(folder: string): Buffer[] {
  const forms = [
    ['--format=pax', '--sparse-version=0.0'],
    ['--format=pax', '--sparse-version=0.1'],
    ['--format=pax', '--sparse-version=1.0'],
  ];
  return forms.map((words, index) => {
    const name = `sparse-${index}`;
    const file = openSync(join(folder, name), 'w');
    for (let piece = 0; piece < 30; piece++) writeSync(file, `piece ${piece}`, piece * 100_000);
    ftruncateSync(file, 5_000_000);
    closeSync(file);
    return execFileSync('tar', ['-c', '--sparse', '--numeric-owner', '--mtime=@800', ...words, name], { cwd: folder });
  });
}

let folder: string;
let layout: Layout;
let chain: ChainID[];
const unpacked = new Map<string, string>();

async function unpack(driver: TestedDriver, place: string, made: Layout, ids: readonly ChainID[]): Promise<void> {
  mkdirSync(place, { recursive: true });
  const { layers, diffIDs } = made.images[0]!;
  // All at once, each told late that the ones below it are there: as a pull does it.
  let below: Promise<void> = Promise.resolve();
  for (const [index, { digest, size, mediaType }] of layers.entries()) {
    const content = (async function* () {
      yield readFileSync(blobFile(made.folder, { digest, size, mediaType }));
    })();
    const lower = below.then(() => ids.slice(0, index));
    below = driver.open(place).add(ids[index]!, { mediaType, size, diffID: diffIDs[index]!, content }, lower);
  }
  await below;
}

const chainOf = (made: Layout): ChainID[] =>
  chainIDs(made.images[0]!.diffIDs, (text) => createHash('sha256').update(text).digest('hex'));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-conformance-'));
  layout = await makeOciLayout(join(folder, 'layout'), {
    layers: [base, kinds, ...sparseTars(folder), changes],
    compression: 'none',
  });
  chain = chainOf(layout);
  for (const driver of testedDrivers) {
    const place = mkdtempSync(join(folder, 'layers-'));
    unpacked.set(driver.name, place);
    await unpack(driver, place, layout, chain);
  }
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const merged = (driver: TestedDriver): Promise<Tree> =>
  readMerged(chain.map((id) => findLayer(unpacked.get(driver.name)!, id)!.path).reverse());

/** Without the times of what others make anew, or touch while they put something in: the root, and implied directories. */
const withoutTimes = (tree: Tree, paths: readonly string[]): Tree =>
  Object.fromEntries(
    Object.entries(tree).map(([path, each]) => [path, paths.includes(path) ? { ...each, modified: 0n } : each]),
  );

/**
 * containerd 1.6 gives the root a mode of its own, knows no time before 1970, takes no attribute of trusted.*, and touches
 * directories when it puts something into them.
 */
function asContainerdHasIt(tree: Tree): Tree {
  const touched = ['/', '/tmp', '/opt', '/opt/app', '/srv', '/late', '/ancient'];
  const { '/': root, '/attributed': attributed, ...rest } = withoutTimes(tree, touched);
  const { 'trusted.t': _, ...attributes } = attributed!.attributes;
  return { ...rest, '/': { ...root!, mode: '' }, '/attributed': { ...attributed!, attributes } };
}

describe.each(testedDrivers)('$name', (driver) => {
  test('show the image as umoci unpacks it', async () => {
    const theirs = await readTree(
      await umociUnpack(layout.folder, join(mkdtempSync(join(folder, 'umoci-')), 'bundle')),
    );
    const touched = ['/', '/srv', '/late'];
    expect(withoutTimes(await merged(driver), touched)).toEqual(withoutTimes(theirs, touched));
  });

  test('show the image as containerd unpacks it', async () => {
    const place = mkdtempSync(join(folder, 'containerd-'));
    const theirs = await containerdUnpack(layout.folder, place);
    expect(asContainerdHasIt(await merged(driver))).toEqual(asContainerdHasIt(theirs));
  });

  test('keep what the layers below say of an implied directory, and show no whiteout of nothing', async () => {
    const tree = await merged(driver);
    expect(tree['/tmp']).toMatchObject({ mode: '1777', modified: 200_000_000_000n });
    expect(tree['/opt/app']).toMatchObject({ mode: '700', owner: '9:0' });
    expect(tree['/opt']).toMatchObject({ owner: '70000:4000000000' });
    expect(Object.keys(tree).filter((path) => /gone|never|nor-this|^\/srv/.test(path))).toEqual(['/srv', '/srv/new']);
  });

  // containerd shows the name of such a whiteout, and no file.
  test('show nothing of a whiteout in an opaque directory, whichever comes first', async () => {
    const marks: LayerEntry[] = [
      { name: 'a/.wh..wh..opq', body: '' },
      { name: 'a/.wh.old', body: '' },
      { name: 'b/.wh.old', body: '' },
      { name: 'b/.wh..wh..opq', body: '' },
      { name: 'a/implied/new', body: '' },
    ];
    const old: LayerEntry[] = [
      { name: 'a/old', body: '' },
      { name: 'b/old', body: '' },
      directory('a/implied/', { mode: 0o1777 }),
    ];
    const place = mkdtempSync(join(folder, 'opaque-'));
    const made = await makeOciLayout(join(place, 'layout'), { layers: [old, marks], compression: 'none' });
    const ids = chainOf(made);
    await unpack(driver, join(place, 'layers'), made, ids);
    const tree = await readMerged(ids.map((id) => findLayer(join(place, 'layers'), id)!.path).reverse());
    expect(Object.keys(tree)).toEqual(['/', '/a', '/a/implied', '/a/implied/new', '/b']);
    expect(tree['/a/implied']).toMatchObject({ mode: '755' });
  });

  test('hold a directory of 100,000 entries', async () => {
    const many = mkdtempSync(join(folder, 'many-'));
    mkdirSync(join(many, 'source/many'), { recursive: true });
    const names = Array.from({ length: 100_000 }, (_, index) => `${index}-${'n'.repeat(index % 40)}`);
    for (const name of names) writeFileSync(join(many, 'source/many', name), '');
    const tar = execFileSync('tar', ['-c', '-C', join(many, 'source'), 'many'], { maxBuffer: 2 ** 30 });
    const made = await makeOciLayout(join(many, 'layout'), { layers: [tar], compression: 'none' });
    const [id] = chainOf(made);
    await unpack(driver, join(many, 'layers'), made, [id!]);
    using shown = driver.show(join(many, 'layers'), id!);
    expect(readdirSync(join(shown.root, 'many')).sort()).toEqual(names.sort());
    expect(readFileSync(join(shown.root, 'many', names[77_777]!), 'utf8')).toBe('');
    rmSync(many, { recursive: true });
  }, 120_000);

  test('hold a file of more than 4 GiB, whose holes take no room', async () => {
    const place = mkdtempSync(join(folder, 'huge-'));
    const size = 5 * 2 ** 30;
    const file = openSync(join(place, 'huge'), 'w');
    writeSync(file, 'the end', size - 7);
    closeSync(file);
    const tar = execFileSync('tar', ['-c', '--sparse', '-C', place, 'huge'], { maxBuffer: 2 ** 26 });
    const made = await makeOciLayout(join(place, 'layout'), { layers: [tar], compression: 'none' });
    const [id] = chainOf(made);
    await unpack(driver, join(place, 'layers'), made, [id!]);
    using shown = driver.show(join(place, 'layers'), id!);
    const words = [
      '-c',
      `stat -c %s huge; tail -c 7 huge; head -c 5 huge | od -An -tx1; du -sm ${place}/layers | cut -f1`,
    ];
    const { stdout } = await run('sh', words, { cwd: shown.root });
    expect(stdout).toMatch(new RegExp(`^${size}\nthe end 00 00 00 00 00\n[0-5]\n$`));
    rmSync(join(place, 'huge'));
  }, 120_000);
});

const images = testedDrivers.filter(({ name }) => name.includes('EROFS'));
describe.each(images)('$name', (driver) => {
  test('are accepted by fsck.erofs and dump.erofs of Debian', async () => {
    for (const id of chain) {
      const { path } = findLayer(unpacked.get(driver.name)!, id)!;
      await run('fsck.erofs', [path]);
      expect((await run('dump.erofs', ['-s', path])).stdout).toContain('0xE0F5E1E2');
    }
  });
});

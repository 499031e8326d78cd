// Layers of an image, unpacked by us and shown by overlayfs, against what umoci makes of the same image (image-spec layer.md,
// "Applying Changesets"): every file, with all its metadata.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pullImage } from '../../src/engine/pull.ts';
import type { Compression } from '../../src/image/media-types.ts';
import { hostPlatform } from '../../src/image/platform.ts';
import { formatReference, parseReference } from '../../src/image/reference.ts';
import { findImage } from '../../src/store/images.ts';
import { openStore } from '../../src/store/store.ts';
import { type LayerEntry, makeOciLayout } from '../support/image-fixture.ts';
import { layoutSource } from '../support/layout-source.ts';
import { readMerged, readTree, umociUnpack } from '../support/trees.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-layers-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const directory = (name: string, more: Partial<LayerEntry> = {}): LayerEntry => ({ name, type: 'directory', ...more });
const time = (seconds: number): { mtime: Date } => ({ mtime: new Date(seconds * 1000) });

const base: LayerEntry[] = [
  directory('./', { mode: 0o751, ...time(100) }),
  directory('etc/', time(200)),
  { name: 'etc/passwd', body: 'root', mode: 0o640, gid: 42, ...time(300) },
  { name: 'etc/shadow', body: 'secret', mode: 0o600 },
  { name: 'etc/old', body: 'old' },
  directory('tmp/', { mode: 0o1777, ...time(400) }),
  directory('opt/', { uid: 7, gid: 8, mode: 0o2775, pax: { 'SCHILY.xattr.user.purpose': 'add-ons' }, ...time(500) }),
  directory('opt/app/', { uid: 9, mode: 0o700, ...time(600) }),
  { name: 'opt/app/data', body: 'data' },
  directory('srv/'),
  { name: 'srv/a', body: 'a' },
  { name: 'srv/b', body: 'b' },
  directory('gone/'),
  { name: 'gone/x', body: 'x' },
  directory('renewed/'),
  { name: 'renewed/old', body: 'old' },
  { name: 'becomes-directory', body: 'file' },
  directory('becomes-file/'),
  { name: 'becomes-file/x', body: 'x' },
  directory('bin/'),
  { name: 'bin/su', body: 'su', mode: 0o4755 },
  { name: 'lib', type: 'symlink', linkname: 'usr/lib' },
];

const middle: LayerEntry[] = [
  { name: 'etc/.wh.old', body: '' },
  { name: 'srv/.wh..wh..opq', body: '' },
  { name: 'srv/c', body: 'c' },
  { name: '.wh.gone', body: '' },
  { name: '.wh.renewed', body: '' },
  directory('renewed/', time(700)),
  { name: 'renewed/new', body: 'new', ...time(710) },
  { name: 'tmp/implied', body: 'its directory has no entry', ...time(720) },
  { name: 'opt/app/more', body: 'nor have these', ...time(730) },
  directory('becomes-directory/', time(740)),
  { name: 'becomes-directory/x', body: 'x' },
  { name: 'becomes-file', body: 'file' },
  directory('opt/', { uid: 7, gid: 8, mode: 0o2775, ...time(500) }),
];

const top: LayerEntry[] = [
  { name: 'first', body: 'linked', mode: 0o640, uid: 3, ...time(800) },
  { name: 'second', type: 'link', linkname: 'first', mode: 0o640, uid: 3, ...time(800) },
  { name: 'deep/er/third', type: 'link', linkname: './first', mode: 0o640, uid: 3, ...time(800) },
  directory('deep/', time(801)),
  directory('deep/er/', time(802)),
  { name: 'dangling', type: 'symlink', linkname: '/nowhere/../../../etc', uid: 1, ...time(810) },
  { name: 'pipe', type: 'fifo', mode: 0o620, ...time(820) },
  { name: 'null', type: 'character-device', devmajor: 1, devminor: 3, mode: 0o666, ...time(830) },
  { name: 'disk', type: 'block-device', devmajor: 259, devminor: 70_000, mode: 0o660, gid: 6, ...time(840) },
  { name: 'twice', body: 'the first', mode: 0o600 },
  { name: 'twice', body: 'the second', mode: 0o644, ...time(850) },
  { name: `${'long-'.repeat(40)}name`, body: 'of more than a hundred bytes', ...time(860) },
  { name: 'exact', body: '', pax: { mtime: '870.123456789' } },
  { name: 'ancient', body: '', pax: { mtime: '-86400.5' } },
  { name: 'attributed', body: '', pax: { 'SCHILY.xattr.user.a': 'b', 'SCHILY.xattr.user.empty': 'x' }, ...time(880) },
  { name: 'setgid', body: '', mode: 0o2755, uid: 1000, gid: 1000, ...time(890) },
  { name: 'sparse-looking', body: '\0'.repeat(100_000), ...time(900) },
  { name: 'größe-日本', body: 'unicode', ...time(910) },
];

test.each(['gzip', 'zstd', 'none'] satisfies Compression[])(
  'an image of three %s layers looks as umoci unpacks it',
  async (compression) => {
    const layers = [base, middle, top];
    const layout = await makeOciLayout(join(folder, 'layout'), { layers, compression });
    const plain = await makeOciLayout(join(folder, 'plain'), { layers, compression: 'none' }); // umoci knows no zstd
    using store = openStore(join(folder, 'store'));
    const reference = parseReference('localhost/layers');
    await pullImage(store, layoutSource(layout), reference, { platform: hostPlatform() });
    const image = findImage(store, formatReference(reference))!;

    const [ours, theirs] = await Promise.all([
      readMerged(image.layers.map(({ path }) => path)),
      umociUnpack(plain.folder, join(folder, 'bundle')).then(readTree),
    ]);
    // umoci leaves the root with the time of the unpacking.
    expect(ours).toEqual({ ...theirs, '/': { ...theirs['/'], modified: 100_000_000_000n } });
    expect(ours['/tmp']).toMatchObject({ mode: '1777', modified: 400_000_000_000n });
    expect(ours['/opt/app']).toMatchObject({ owner: '9:0', mode: '700' });
    expect(Object.keys(ours).filter((path) => /srv|gone|renewed/.test(path))).toEqual([
      '/renewed',
      '/renewed/new',
      '/srv',
      '/srv/c',
    ]);
  },
);

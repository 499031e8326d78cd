// Names and links of a layer that lead, or would lead, somewhere else than into the layer.
import { describe, test } from 'vitest';
import { expectRefused, imageOf, imageWith, layerOf } from '../support/hostile.ts';
import type { LayerEntry } from '../support/image-fixture.ts';
import { paxEntry, rawTar } from '../support/raw-tar.ts';

const link = (name: string, linkname: string): LayerEntry => ({ name, type: 'symlink', linkname });
const hardLink = (name: string, linkname: string): LayerEntry => ({ name, type: 'link', linkname });
/** From a file of a layer in the store to the file beside the store. */
const victim = '../../../../victim';

describe('pull refuses a layer with', () => {
  test.each<[string, LayerEntry[], string]>([
    ['a name that leads upwards', [{ name: `a/${victim}`, body: 'x' }], 'leads out of its layer'],
    ['a name that leads upwards and back', [{ name: 'a/../b', body: 'x' }], 'leads out of its layer'],
    ['an absolute name that leads upwards', [{ name: '/../etc/cron.d/x', body: 'x' }], 'leads out of its layer'],
    ['a folder that leads upwards', [{ name: '../', type: 'directory', mode: 0o777 }], 'leads out of its layer'],
    ['a symbolic link whose own name leads upwards', [link(victim, '/etc/passwd')], 'leads out of its layer'],
    ['a hard link that leads upwards', [hardLink('a', victim)], 'leads out of its layer'],
    ['a hard link to what only the host has', [hardLink('a', '/etc/passwd')], 'no file of the same layer'],
    ['a hard link to a folder', [{ name: 'd/', type: 'directory' }, hardLink('a', 'd')], 'no file of the same layer'],
    ['a hard link to itself', [hardLink('a', 'a')], 'no file of the same layer'],
    ['a hard link to the root', [hardLink('a', '/')], 'no file of the same layer'],
    ['a hard link through a link to the host', [link('etc', '/etc'), hardLink('a', 'etc/passwd')], 'leads nowhere'],
    [
      'a whiteout of the folder above (`.wh...`)',
      [{ name: 'a/.wh...', body: '' }],
      'names nothing that can be removed',
    ],
    ['a whiteout of the folder itself (`.wh..`)', [{ name: 'a/.wh..', body: '' }], 'names nothing that can be removed'],
    ['a whiteout of nothing', [{ name: '.wh.', body: '' }], 'names nothing that can be removed'],
    ['a whiteout above the layer', [{ name: '../.wh.victim', body: '' }], 'leads out of its layer'],
    ['a file within a whiteout', [{ name: '.wh.a/b', body: '' }], 'lies in a whiteout'],
    ['a file below a link that leads to itself', [link('a', 'a'), { name: 'a/b', body: 'y' }], 'leads nowhere'],
    [
      'a file below a link to what is not there',
      [link('a', '/home'), { name: 'a/b', body: 'y' }],
      'not lie in a directory',
    ],
    ['a root that is a file', [{ name: './', type: 'file', body: 'x' }], 'is not a directory'],
    ['a root that is a link', [link('/', '/etc')], 'is not a directory'],
  ])('%s', async (_name, entries, why) => {
    await expectRefused(await imageWith([{ name: 'before', body: 'x' }, ...entries]), why);
  });

  test.each<[string, Record<string, string>, string]>([
    ['a NUL in a pax path, behind which it leads upwards', { path: `safe\0/../${victim}` }, 'a NUL in its name'],
    ['a NUL in a pax linkpath', { linkpath: `/safe\0${victim}` }, 'no usable target'],
    ['a pax path that leads upwards, where the header does not', { path: `a/${victim}` }, 'leads out of its layer'],
    ['a name of 64 KiB', { path: 'a'.repeat(65_536) }, 'too long a name'],
    ['a name of 64 KiB in short parts', { path: 'a/'.repeat(32_768) }, 'too long a name'],
    ['a link’s target of 64 KiB', { linkpath: 'a/'.repeat(32_768) }, 'no usable target'],
  ])('%s', async (_name, records, why) => {
    await expectRefused(imageOf([layerOf(rawTar(paxEntry(records), { type: '2', link: 'a', name: 'b' }))]), why);
  });

  test.each([
    ['name', 'L', 'too long a name'],
    ['target', 'K', 'no usable target'],
  ])('a %s of 64 KiB in GNU’s form', async (_name, type, why) => {
    const long = { name: '././@LongLink', type, body: `${'a'.repeat(65_536)}\0`, magic: 'ustar  \0' };
    await expectRefused(imageOf([layerOf(rawTar(long, { name: 'b', type: '2', link: 'c', magic: 'ustar  \0' }))]), why);
  });
});

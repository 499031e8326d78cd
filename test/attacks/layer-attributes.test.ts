// Extended attributes of a layer: overlayfs's own, which would let it reach into other layers, and those that the kernel
// cannot hold (xattr(7): 255 bytes of a name, 64 KiB of a value, 64 KiB of a list; and a little less where they are kept).
import { describe, expect, test } from 'vitest';
import { expectRefused, imageOf, layerOf, pull } from '../support/hostile.ts';
import { paxEntry, type RawEntry, rawTar } from '../support/raw-tar.ts';

const record = (attribute: string) => `SCHILY.xattr.${attribute}`;
const withRecords = (records: Record<string, string | Uint8Array>, entry: RawEntry = {}) =>
  imageOf([layerOf(rawTar({ name: 'before' }, paxEntry(records), entry))]);

describe('pull refuses a layer with', () => {
  test.each<[string, string, string | Uint8Array, RawEntry]>([
    ['CVE-2023-0386: a redirect of a folder', 'trusted.overlay.redirect', '/etc', { type: '5' }],
    ['a redirect for mounts of a user namespace', 'user.overlay.redirect', '/etc', { type: '5' }],
    ['a metacopy', 'trusted.overlay.metacopy', '', {}],
    ['a metacopy for mounts of a user namespace', 'user.overlay.metacopy', '', {}],
    ['an opaque folder without its file', 'trusted.overlay.opaque', 'y', { type: '5' }],
    ['a whiteout that is an attribute', 'trusted.overlay.whiteout', 'y', {}],
    ['an origin, a file handle of the host', 'trusted.overlay.origin', Buffer.alloc(32, 1), {}],
    ['a fs-verity digest', 'trusted.overlay.verity', Buffer.alloc(36), {}],
    ['an escaped attribute, which a nested overlay shows', 'trusted.overlay.overlay.redirect', '/etc', { type: '5' }],
  ])('%s', async (_name, attribute, value, entry) => {
    await expectRefused(withRecords({ [record(attribute)]: value }, entry), 'overlayfs');
  });

  test.each<[string, Record<string, string | Uint8Array>, RegExp | string]>([
    ['an attribute without a name', { [record('')]: 'x' }, 'whose name cannot be used'],
    ['a NUL in the name of an attribute', { [record('user.a\0b')]: 'x' }, 'whose name cannot be used'],
    ['a name of more than 255 bytes', { [record(`user.${'a'.repeat(251)}`)]: 'x' }, 'whose name cannot be used'],
    ['a name of 64 KiB', { [record(`user.${'a'.repeat(65_536)}`)]: 'x' }, 'whose name cannot be used'],
    ['a value of more than 64 KiB', { [record('user.a')]: Buffer.alloc(65_536, 'x') }, 'more than 65535 bytes'],
    [
      'a list of more than 64 KiB',
      Object.fromEntries(
        Array.from({ length: 300 }, (_, index) => [record(`user.${String(index).padStart(250, 'a')}`), 'x']),
      ),
      'more attributes than a file can have',
    ],
  ])('%s', async (_name, records, why) => {
    await expectRefused(withRecords(records), why);
  });
});

test.each([
  ['a global header', [paxEntry({ [record('trusted.overlay.redirect')]: '/etc' }, 'g'), { name: 'a', type: '5' }]],
  ['a header that nothing follows', [{ name: 'a' }, paxEntry({ [record('trusted.overlay.redirect')]: '/etc' })]],
])('an attribute in %s is nobody’s', async (_name, entries) => {
  await pull(imageOf([layerOf(rawTar(...(entries as RawEntry[])))]), {}, ({ status, stderr }) =>
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' }),
  );
});

import { expect, test } from 'vitest';
import { attributesOf, isDispensable } from './attributes.ts';

test('attributesOf takes the extended attributes among the records, their values as bytes', () => {
  const records = new Map([
    ['mtime', '1.5'],
    ['SCHILY.xattr.user.a', 'x=y'],
    ['SCHILY.xattr.security.capability', '\x01\0\0\x02\x80\0\0\0'],
  ]);
  expect(attributesOf('f', records)).toEqual([
    { name: 'user.a', value: Buffer.from('x=y') },
    { name: 'security.capability', value: Buffer.from([1, 0, 0, 2, 0x80, 0, 0, 0]) },
  ]);
});

test.each([
  'trusted.overlay.opaque',
  'trusted.overlay.redirect',
  'user.overlay.metacopy',
  'trusted.overlay.overlay.opaque',
])('attributesOf refuses %s, by which a layer would speak to overlayfs', (name) => {
  expect(() => attributesOf('d', new Map([[`SCHILY.xattr.${name}`, 'y']]))).toThrow('overlayfs');
});

test('isDispensable leaves out what the file system or the kind of file cannot have, and nothing else', () => {
  expect(isDispensable('security.selinux', 'EOPNOTSUPP')).toBe(true);
  expect(isDispensable('user.x', 'EPERM')).toBe(true);
  expect(isDispensable('security.capability', 'EPERM')).toBe(false);
  expect(isDispensable('user.x', 'ENOSPC')).toBe(false);
});

test('attributesOf takes what the kernel can just hold', () => {
  const attribute = `user.${'a'.repeat(250)}`;
  const records = new Map([[`SCHILY.xattr.${attribute}`, 'x'.repeat(65_535)]]);
  expect(attributesOf('f', records)).toEqual([{ name: attribute, value: Buffer.alloc(65_535, 'x') }]);
});

test.each([
  ['no name', [['', 'x']], 'has an attribute whose name cannot be used'],
  ['a NUL in its name', [['user.a\0b', 'x']], 'has an attribute whose name cannot be used'],
  ['too long a name', [[`user.${'a'.repeat(251)}`, 'x']], 'has an attribute whose name cannot be used'],
  ['too long a value', [['user.a', 'x'.repeat(65_536)]], 'has more than 65535 bytes'],
  [
    'too large ones beside it',
    [
      ['user.a', 'x'.repeat(65_535)],
      ['user.b', 'x'.repeat(65_535)],
    ],
    'has more attributes than a file can have',
  ],
  [
    'too many others beside it',
    Array.from({ length: 257 }, (_, index) => [String(index).padStart(255, 'a'), '']),
    'has more attributes than a file can have',
  ],
])('attributesOf refuses an attribute with %s', (_name, attributes, why) => {
  const records = new Map(attributes.map(([name, value]) => [`SCHILY.xattr.${name}`, value!]));
  expect(() => attributesOf('f', records)).toThrow(why);
});

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

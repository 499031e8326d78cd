import { expect, test } from 'vitest';
import { parseDigest } from '../image/digest.ts';
import { bytesToSkip, hasDigest } from './blob.ts';

/** Of `hello`. */
const sha256 = parseDigest('sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824');
const sha512 = parseDigest(
  'sha512:9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca72323c3d99ba5c11d7c7acc6e14b8c5da0c4663475c2e5c3adef46f73bcdec043',
);
const hello = Buffer.from('hello');

test('bytes have their own digest and no other', () => {
  expect([hasDigest(hello, sha256), hasDigest(hello, sha512), hasDigest(Buffer.from('x'), sha256)]).toEqual([
    true,
    true,
    false,
  ]);
});

test.each([
  [200, null, 0, 0],
  [200, null, 100, 100],
  [206, 'bytes 100-199/200', 100, 0],
  [206, 'bytes 99-199/200', 100, undefined],
  [206, null, 100, undefined],
  [206, 'bytes */200', 100, undefined],
  [206, 'bytes 0-199/200', 0, undefined],
])('a %i with Content-Range %s, asked from byte %i, skips %s', (status, range, offset, expected) => {
  expect(bytesToSkip(status, range, offset)).toBe(expected);
});

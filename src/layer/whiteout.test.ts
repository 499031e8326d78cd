import { expect, test } from 'vitest';
import { refuseHiddenWhiteout, whiteoutOf } from './whiteout.ts';

test.each([
  ['etc/passwd', { kind: 'entry' }],
  ['', { kind: 'entry' }],
  ['etc/.wh', { kind: 'entry' }],
  ['etc/x.wh.y', { kind: 'entry' }],
  ['etc/.wh.passwd', { kind: 'whiteout', target: 'passwd' }],
  ['.wh.etc', { kind: 'whiteout', target: 'etc' }],
  ['.wh....', { kind: 'whiteout', target: '...' }],
  ['.wh..hidden', { kind: 'whiteout', target: '.hidden' }],
  ['etc/.wh..wh..opq', { kind: 'opaque' }],
  ['.wh..wh.plnk', { kind: 'ignored' }],
  ['.wh..wh.aufs', { kind: 'ignored' }],
])('whiteoutOf %j', (path, meaning) => {
  expect(whiteoutOf(path === '' ? [] : path.split('/'))).toEqual(meaning);
});

test.each(['.wh.', '.wh..', '.wh...', 'etc/.wh...'])(
  'whiteoutOf refuses %j, which would remove a directory itself',
  (path) => {
    expect(() => whiteoutOf(path.split('/'))).toThrow('names nothing that can be removed');
  },
);

test.each(['.wh.a/b', 'x/.wh..wh..opq/y'])('whiteoutOf refuses %j, which lies in a whiteout', (path) => {
  expect(() => whiteoutOf(path.split('/'))).toThrow('lies in a whiteout');
});

test('refuseHiddenWhiteout refuses the device 0/0 and no other', () => {
  expect(() => refuseHiddenWhiteout('dev/x', 'character-device', 0, 0)).toThrow('takes for a whiteout');
  refuseHiddenWhiteout('dev/null', 'character-device', 1, 3);
  refuseHiddenWhiteout('dev/x', 'block-device', 0, 0);
  refuseHiddenWhiteout('x', 'file', 0, 0);
});

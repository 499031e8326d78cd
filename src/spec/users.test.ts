import { describe, expect, test } from 'vitest';
import { resolveUser } from './users.ts';

const passwd =
  'root:x:0:0:root:/root:/bin/sh\n# comment\nweb:x:33:33::/var/www:/bin/false\nbroken:x:::\nbig:x:99999999999:0::/:\n';
const group = 'root:x:0:\nwww:x:33:\naudio:x:29:web,other\nvideo:x:44:web\n';
const files = { passwd, group };

describe('resolveUser', () => {
  test.each([
    ['', [], { uid: 0, gid: 0, groups: [0], home: '/root' }],
    ['web', [], { uid: 33, gid: 33, groups: [33, 29, 44], home: '/var/www' }],
    ['33', [], { uid: 33, gid: 33, groups: [33, 29, 44], home: '/var/www' }],
    ['web:audio', [], { uid: 33, gid: 29, groups: [29], home: '/var/www' }],
    ['1000', [], { uid: 1000, gid: 0, groups: [0], home: '/' }],
    ['1000:1000', ['video', '7'], { uid: 1000, gid: 1000, groups: [1000, 44, 7], home: '/' }],
    [':www', [], { uid: 0, gid: 33, groups: [33], home: '/root' }],
  ])('takes %j with %j', (spec, additional, expected) => {
    expect(resolveUser(spec, additional, files)).toEqual(expected);
  });

  test.each([
    ['nobody', [], 'there is no user nobody'],
    ['big', [], 'there is no user big'],
    ['broken', [], 'there is no user broken'],
    ['root:nobody', [], 'there is no group nobody'],
    ['root', ['nobody'], 'there is no group nobody'],
    ['4294967295', [], 'the user id 4294967295 is out of range'],
  ])('refuses %j with %j', (spec, additional, message) => {
    expect(() => resolveUser(spec, additional, files)).toThrow(message);
  });

  test('needs no files for numbers', () => {
    const nothing = { passwd: undefined, group: undefined };
    expect(resolveUser('5:6', [], nothing)).toEqual({ uid: 5, gid: 6, groups: [6], home: '/' });
  });
});

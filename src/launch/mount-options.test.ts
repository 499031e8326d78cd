import { describe, expect, test } from 'vitest';
import * as k from '../kernel/constants.ts';
import { parseMountOptions } from './mount-options.ts';

const names = (pairs: readonly (readonly [string, number])[]): string[] => pairs.map(([name]) => name);

describe('attributes of a mount', () => {
  test.each<[string[], string[], string[]]>([
    [[], [], []],
    [['ro'], ['MOUNT_ATTR_RDONLY'], []],
    [['rw'], [], ['MOUNT_ATTR_RDONLY']],
    [['nosuid', 'noexec', 'nodev'], ['MOUNT_ATTR_NOSUID', 'MOUNT_ATTR_NOEXEC', 'MOUNT_ATTR_NODEV'], []],
    [['suid', 'exec', 'dev'], [], ['MOUNT_ATTR_NOSUID', 'MOUNT_ATTR_NOEXEC', 'MOUNT_ATTR_NODEV']],
    // The last of two that contradict each other counts.
    [['ro', 'rw'], [], ['MOUNT_ATTR_RDONLY']],
    [['rw', 'ro'], ['MOUNT_ATTR_RDONLY'], []],
    [['noexec', 'nosuid', 'nodev', 'exec'], ['MOUNT_ATTR_NOSUID', 'MOUNT_ATTR_NODEV'], ['MOUNT_ATTR_NOEXEC']],
    [['ro', 'ro'], ['MOUNT_ATTR_RDONLY'], []],
    [['noatime'], ['MOUNT_ATTR_NOATIME'], []],
    [['noatime', 'strictatime'], ['MOUNT_ATTR_STRICTATIME'], []],
    [['strictatime', 'nodiratime', 'noatime'], ['MOUNT_ATTR_NODIRATIME', 'MOUNT_ATTR_NOATIME'], []],
    [['diratime'], [], ['MOUNT_ATTR_NODIRATIME']],
    [['nosymfollow'], ['MOUNT_ATTR_NOSYMFOLLOW'], []],
    [['symfollow'], [], ['MOUNT_ATTR_NOSYMFOLLOW']],
    [['relatime', 'defaults', 'async', 'bind'], [], []],
  ])('of %j are %j, without %j', (options, set, cleared) => {
    const parsed = parseMountOptions(options);
    expect(names(parsed.attributes)).toEqual(set);
    expect(names(parsed.cleared)).toEqual(cleared);
    expect(parsed.data).toEqual([]);
  });

  test('have the kernel’s bits', () => {
    expect(parseMountOptions(['ro', 'nodev']).attributes).toEqual([
      ['MOUNT_ATTR_RDONLY', k.MOUNT_ATTR_RDONLY],
      ['MOUNT_ATTR_NODEV', k.MOUNT_ATTR_NODEV],
    ]);
  });
});

test.each<[string[], string | undefined, boolean]>([
  [[], undefined, false],
  [['private'], 'MS_PRIVATE', false],
  [['rprivate'], 'MS_PRIVATE', true],
  [['shared'], 'MS_SHARED', false],
  [['rshared'], 'MS_SHARED', true],
  [['slave'], 'MS_SLAVE', false],
  [['rslave'], 'MS_SLAVE', true],
  [['unbindable'], 'MS_UNBINDABLE', false],
  [['runbindable'], 'MS_UNBINDABLE', true],
  [['rshared', 'private'], 'MS_PRIVATE', false],
])('%j spread as %s, below as well: %s', (options, propagation, recursive) => {
  const parsed = parseMountOptions(options);
  expect(parsed.propagation?.[0]).toBe(propagation);
  expect(parsed.propagationRecursive).toBe(recursive);
});

test.each<[string[], boolean]>([
  [[], false],
  [['bind'], false],
  [['rbind'], true],
  [['ro', 'rbind', 'nosuid'], true],
])('%j take what is mounted below: %s', (options, recursive) => {
  expect(parseMountOptions(options).recursive).toBe(recursive);
});

test('what is the file system’s own is handed to it, whatever it is called', () => {
  const options = ['size=64m', 'mode=1777', 'newinstance', 'rubbish', 'r', '', 'constructor', '__proto__'];
  const parsed = parseMountOptions(['nosuid', ...options, 'ro']);
  expect(parsed.data).toEqual(options);
  expect(names(parsed.attributes)).toEqual(['MOUNT_ATTR_NOSUID', 'MOUNT_ATTR_RDONLY']);
});

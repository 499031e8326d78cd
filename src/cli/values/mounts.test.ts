import { describe, expect, test } from 'vitest';
import { parseMount, parseTmpfs, parseVolume } from './mounts.ts';

const here = '/home/ada';
const bind = { type: 'bind', source: '/a', target: '/b', readOnly: false, recursive: true };

describe('parseVolume', () => {
  const volume = { ...bind, mustExist: false };
  test.each([
    ['/a:/b', volume],
    ['/a/../a:/b//', volume],
    ['/a:/b:ro', { ...volume, readOnly: true }],
    ['/a:/b:rw,z,cached', volume],
    ['/a:/b:ro,rslave', { ...volume, readOnly: true, propagation: 'rslave' }],
    ['./a:/b', { ...volume, source: '/home/ada/a' }],
    ['../x:/b', { ...volume, source: '/home/x' }],
    ['.:/b', { ...volume, source: here }],
    ['.hidden:/b', { ...volume, source: '/home/ada/.hidden' }],
    ['/data', { volume: '/data' }],
    ['/data/', { volume: '/data' }],
  ])('takes %j', (value, expected) => {
    expect(parseVolume(value, here)).toEqual(expected);
  });

  test.each([
    ['data:/b', 'names the volume "data"'],
    ['~/a:/b', 'names the volume "~/a"'],
    [':/b', 'names no source'],
    ['', 'names "" in the container'],
    ['data', 'names "data" in the container, which is not an absolute path'],
    ['/a:b', 'names "b" in the container, which is not an absolute path'],
    ['/a:', 'names "" in the container'],
    ['/a:/', 'would cover the container’s whole root'],
    ['/a:/x/..', 'would cover the container’s whole root'],
    ['/', 'would cover the container’s whole root'],
    ['/a:/b:foo', 'has the unknown option "foo"'],
    ['/a:/b:ro:rw', 'has too many parts'],
  ])('refuses %j', (value, message) => {
    expect(() => parseVolume(value, here)).toThrow(message);
  });
});

describe('parseMount', () => {
  const mount = { ...bind, mustExist: true };
  test.each([
    ['type=bind,source=/a,target=/b', mount],
    ['TYPE=bind,SRC=/a,DST=/b', mount],
    ['type=bind,src=/a,destination=/b,readonly', { ...mount, readOnly: true }],
    ['type=bind,src=/a,dst=/b,ro=true', { ...mount, readOnly: true }],
    ['type=bind,src=/a,dst=/b,ro=1', { ...mount, readOnly: true }],
    ['type=bind,src=/a,dst=/b,readonly=false', mount],
    ['type=bind,src=/c,src=/a,dst=/b,consistency=cached', mount],
    ['type=bind,src=./x,dst=/b', { ...mount, source: '/home/ada/x' }],
    ['type=bind,"src=/a,b",dst=/b', { ...mount, source: '/a,b' }],
    ['type=bind,"src=/a ""b""",dst=/b', { ...mount, source: '/a "b"' }],
    ['type=bind,src=/a=b,dst=/b', { ...mount, source: '/a=b' }],
    ['type=bind,src=/a,dst=/b,bind-recursive=disabled', { ...mount, recursive: false }],
    ['type=bind,src=/a,dst=/b,bind-recursive=enabled', mount],
    ['type=bind,src=/a,dst=/b,bind-nonrecursive', { ...mount, recursive: false }],
    ['type=bind,src=/a,dst=/b,bind-propagation=rshared', { ...mount, propagation: 'rshared' }],
    ['type=tmpfs,dst=/b', { type: 'tmpfs', target: '/b', options: [] }],
    [
      'type=tmpfs,dst=/b,tmpfs-size=1m,tmpfs-mode=1770,ro',
      { type: 'tmpfs', target: '/b', options: ['size=1048576', 'mode=1770', 'ro'] },
    ],
  ])('takes %j', (value, expected) => {
    expect(parseMount(value, here)).toEqual(expected);
  });

  test.each([
    ['', 'has no target'],
    ['type=bind,src=/a', 'has no target'],
    ['type=bind,dst=/b', 'names no source'],
    ['type=bind,src=a,dst=/b', 'names the volume "a"'],
    ['type=bind,src=/a,dst=b', 'which is not an absolute path'],
    ['type=bind,src=/a,dst=/', 'would cover the container’s whole root'],
    ['type=bind,src=/a,dst=/b,ro=x', 'has "x" for readonly, which is true or false'],
    ['type=bind,src=/a,dst=/b,foo', 'has the unknown field "foo"'],
    ['type=bind,src=/a,dst=/b,foo=1', 'has the unknown field "foo"'],
    ['type=bind,src=/a,dst=/b,tmpfs-size=1m', 'has the unknown field "tmpfs-size"'],
    ['type=bind,src=/a,dst=/b,bind-recursive=x', 'has the unknown recursion x'],
    ['type=bind,src=/a,dst=/b,bind-propagation=x', 'has the unknown propagation x'],
    ['type=bind,"src=/a,dst=/b', 'has a quotation mark that is out of place'],
    ['type=bind,src=/a"b,dst=/b', 'has a quotation mark that is out of place'],
    ['type=tmpfs,dst=/b,src=/a', 'has the unknown field "src"'],
    ['type=tmpfs,dst=/b,tmpfs-mode=9', 'has the mode "9"'],
    ['type=tmpfs,dst=/b,tmpfs-mode=755,exec', 'has the unknown field "exec"'],
    ['type=tmpfs,dst=/b,tmpfs-size=x', 'is not a size'],
    ['src=data,dst=/b', 'has the type "volume"'],
    ['type=npipe,src=/a,dst=/b', 'has the type "npipe"'],
  ])('refuses %j', (value, message) => {
    expect(() => parseMount(value, here)).toThrow(message);
  });
});

describe('parseTmpfs', () => {
  test.each([
    ['/run', []],
    ['/run:', []],
    ['/run/:size=64m', ['size=64m']],
    [
      '/run:rw,exec,size=50%,mode=1770,uid=1000,gid=1000',
      ['rw', 'exec', 'size=50%', 'mode=1770', 'uid=1000', 'gid=1000'],
    ],
  ])('takes %j', (value, options) => {
    expect(parseTmpfs(value)).toEqual({ type: 'tmpfs', target: '/run', options });
  });

  test.each([
    ['run', 'which is not an absolute path'],
    ['/', 'would cover the container’s whole root'],
    ['/run:foo', 'has the unknown option "foo"'],
    ['/run:size=64m:exec', 'has the unknown option "size=64m:exec"'],
    ['/run:mode=9', 'has the unknown option "mode=9"'],
  ])('refuses %j', (value, message) => {
    expect(() => parseTmpfs(value)).toThrow(message);
  });
});

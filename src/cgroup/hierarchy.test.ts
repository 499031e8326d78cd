import { expect, test } from 'vitest';
import { parseCgroupMounts, parseControllers } from './hierarchy.ts';

const pure = `22 27 0:20 / /proc rw,nosuid,nodev,noexec,relatime shared:5 - proc proc rw
27 1 253:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro
29 22 0:25 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot
`;

const hybrid = `31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:12 master:3 - cgroup cgroup rw,cpu,cpuacct
34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset,clone_children,release_agent=/bin/agent
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`;

test('a pure host has its tree at /sys/fs/cgroup and nothing in version 1', () => {
  expect(parseCgroupMounts(pure)).toEqual({ path: '/sys/fs/cgroup', heldByV1: new Set() });
});

test('a hybrid host has its tree beside version 1, which holds controllers', () => {
  const { path, heldByV1 } = parseCgroupMounts(hybrid);
  expect(path).toBe('/sys/fs/cgroup/unified');
  expect([...heldByV1]).toEqual(['cpu', 'cpuacct', 'cpuset']);
});

test('a host with version 1 alone has no tree', () => {
  expect(parseCgroupMounts(hybrid.replaceAll('cgroup2', 'tmpfs')).path).toBeUndefined();
});

test('of several trees the one at /sys/fs/cgroup is taken, wherever it stands in the list', () => {
  expect(parseCgroupMounts(`50 27 0:25 / /mnt/other rw - cgroup2 none rw\n${pure}`).path).toBe('/sys/fs/cgroup');
});

test('a tree that something else was mounted over is none', () => {
  expect(parseCgroupMounts(`${pure}50 27 0:99 / /sys/fs/cgroup rw - tmpfs none rw\n`).path).toBeUndefined();
});

test('a mount point with a space is read as the kernel writes it', () => {
  expect(parseCgroupMounts('41 31 0:38 / /mnt/my\\040tree rw - cgroup2 cgroup2 rw\n').path).toBe('/mnt/my tree');
});

test.each([
  ['cpuset cpu io memory\n', ['cpuset', 'cpu', 'io', 'memory']],
  ['\n', []],
  ['', []],
])('the controllers in %j are %j', (text, names) => {
  expect([...parseControllers(text)]).toEqual(names);
});

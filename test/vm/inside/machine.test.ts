// Proves that the machine is what the other tests here stand on: without this, a limit that has no effect could be the
// machine's fault. Sources: cgroups(7), cgroup v2 of the kernel's admin guide, capabilities(7).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const cgroups = '/sys/fs/cgroup';
const store = '/var/lib/tsdocker';

const read = (path: string): string => readFileSync(path, 'utf8').trim();
const words = (path: string): string[] => read(path).split(/\s+/);

/** Type and options of what is mounted at `target`, from /proc/self/mountinfo: proc_pid_mountinfo(5). */
function mountAt(target: string): { type: string; options: string[] } {
  const lines = read('/proc/self/mountinfo').split('\n');
  const escaped = target.replaceAll(' ', '\\040');
  const line = lines.findLast((line) => line.split(' ')[4] === escaped);
  assert.ok(line, `nothing is mounted at ${target}`);
  const [left, right] = line.split(' - ') as [string, string];
  return { type: right.split(' ')[0]!, options: left.split(' ')[5]!.split(',') };
}

test('the kernel is 6.12 or later', () => {
  const [major, minor] = release().split('.').map(Number) as [number, number];
  assert.ok(major > 6 || (major === 6 && minor >= 12), release());
});

test('the only cgroup hierarchy is version 2, at /sys/fs/cgroup', () => {
  assert.equal(mountAt(cgroups).type, 'cgroup2');
  assert.equal(read('/proc/self/cgroup').split('\n').length, 1);
});

test('every controller that a limit needs is delegated at the root', () => {
  const delegated = words(join(cgroups, 'cgroup.subtree_control'));
  for (const controller of ['cpu', 'cpuset', 'io', 'memory', 'pids'])
    assert.ok(delegated.includes(controller), controller);
});

test('a new cgroup has the files of the limits', () => {
  const group = join(cgroups, `machine-test-${process.pid}`);
  mkdirSync(group);
  try {
    for (const file of ['cpu.max', 'cpuset.cpus', 'io.max', 'memory.max', 'memory.swap.max', 'pids.max', 'cgroup.kill'])
      assert.ok(existsSync(join(group, file)), file);
  } finally {
    rmdirSync(group);
  }
});

test('there are two processors, enough to compare cpu shares', () => {
  assert.match(read('/sys/devices/system/cpu/online'), /^0-[1-9]/);
});

test('root holds every capability, CAP_SYS_RESOURCE included', () => {
  const last = Number(read('/proc/sys/kernel/cap_last_cap'));
  const effective = BigInt(`0x${/^CapEff:\s*(\w+)$/m.exec(read('/proc/self/status'))![1]}`);
  assert.equal(effective, (1n << BigInt(last + 1)) - 1n);
});

test('the store lies on ext4, on a disk of its own', () => {
  assert.equal(mountAt(store).type, 'ext4');
  assert.ok(existsSync('/sys/block/vda'));
});

test('the checkout is shared read-only', () => {
  assert.ok(mountAt(process.cwd()).options.includes('ro'));
});

test('an overlay with its upper layer in the store mounts and copies up', () => {
  const folder = mkdtempSync(join(store, 'overlay-'));
  const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
    string,
  ];
  for (const path of [lower, upper, work, merged]) mkdirSync(path);
  writeFileSync(join(lower, 'file'), 'lower');
  const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
  try {
    execFileSync('mount', ['-t', 'overlay', '-o', options, 'overlay', merged]);
    try {
      writeFileSync(join(merged, 'file'), 'changed');
      assert.equal(read(join(upper, 'file')), 'changed');
      assert.equal(read(join(lower, 'file')), 'lower');
    } finally {
      execFileSync('umount', [merged]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

// Proves that the machine is what the other tests here stand on: one that systemd booted, as servers are.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

test('process 1 is systemd, and all that it started is well', () => {
  assert.equal(readFileSync('/proc/1/comm', 'utf8'), 'systemd\n');
  assert.ok(existsSync('/run/systemd/system'));
  const { stdout } = spawnSync('systemctl', ['is-system-running'], { encoding: 'utf8' });
  assert.match(stdout, /^(running|starting)\n$/); // starting: this command is a job of the boot
});

test('systemd manages the root of the cgroup tree, and gives out no controllers that its units do not need', () => {
  assert.match(readFileSync('/proc/self/cgroup', 'utf8'), /^0::\/system\.slice\/rig-command\.service\n$/);
  const delegated = readFileSync('/sys/fs/cgroup/cgroup.subtree_control', 'utf8').trim().split(' ');
  assert.ok(delegated.includes('memory'));
  assert.ok(!delegated.includes('cpuset'), delegated.join(' '));
});

test('a transient unit runs in a cgroup of its own', () => {
  const words = ['--wait', '--pipe', '--quiet', '--unit=probe', 'cat', '/proc/self/cgroup'];
  assert.equal(execFileSync('systemd-run', words, { encoding: 'utf8' }), '0::/system.slice/probe.service\n');
});

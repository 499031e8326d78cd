// The first half of what is promised over a reboot: the boot unit is installed, and containers with each restart policy are left
// running or stopped by hand. rebooted/after-reboot.test.ts is the second half.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const program = join(import.meta.dirname, '../../../bin/tsdocker');
const unit = '/etc/systemd/system/tsdocker.service';

const say = (program: string, ...words: readonly string[]): string =>
  execFileSync(program, words, { encoding: 'utf8' }).trim();
const tsdocker = (...words: readonly string[]): string => say(program, ...words);
const command = [
  'localhost/busybox',
  'sh',
  '-c',
  'httpd -p 80 -h /etc; trap "echo in good order; exit 0" TERM; while :; do sleep 0.1; done',
] as const;

test('a unit that somebody else wrote is neither replaced nor removed', () => {
  writeFileSync(unit, '[Unit]\nDescription=of somebody else\n');
  try {
    for (const verb of ['install', 'uninstall']) {
      const { status, stderr } = spawnSync(program, ['system', verb], { encoding: 'utf8' });
      assert.equal(status, 125);
      assert.match(stderr, /tsdocker\.service is not a unit of tsdocker's\n/);
    }
    assert.match(readFileSync(unit, 'utf8'), /of somebody else/);
  } finally {
    rmSync(unit);
  }
});

test('system install writes the unit that --print prints, enables it, and may be repeated', () => {
  assert.match(tsdocker('system', 'install'), /^installed: \/etc\/systemd\/system\/tsdocker\.service/);
  assert.equal(readFileSync(unit, 'utf8').trim(), tsdocker('system', 'install', '--print'));
  assert.equal(say('systemctl', 'is-enabled', 'tsdocker.service'), 'enabled');
  assert.equal(say('systemctl', 'is-active', 'tsdocker.service'), 'active');
  const verified = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' });
  assert.deepEqual([verified.status, verified.stderr], [0, '']);
  assert.match(tsdocker('system', 'install'), /installed and active already$/);
});

test('containers with each restart policy run, or were stopped by hand', () => {
  tsdocker('network', 'create', '--subnet', '10.77.0.0/24', 'kept');
  for (const policy of ['no', 'on-failure', 'always', 'unless-stopped']) {
    for (const end of ['running', 'stopped']) {
      const name = `${policy}-${end}`;
      // The first process of a pid namespace ignores SIGTERM unless it says otherwise: this one has to be killed.
      const image = policy === 'on-failure' ? ['--stop-timeout', '1', 'localhost/busybox', 'sleep', '100000'] : command;
      const network = name === 'always-running' ? ['--network', 'kept', '-p', '8080:80'] : ['--network', 'none'];
      tsdocker('run', '-d', '--name', name, '--restart', policy, '-m', '64m', ...network, ...image);
      if (end === 'stopped') tsdocker('stop', name);
    }
  }
  tsdocker('create', '--name', 'always-created', '--restart', 'always', '--network', 'none', ...command);
  const running = tsdocker('ps', '--format', '{{.Names}}').split('\n').sort();
  assert.deepEqual(running, ['always-running', 'no-running', 'on-failure-running', 'unless-stopped-running']);
});

// The second half of what is promised over a reboot: before-reboot.test.ts installed the boot unit and left containers behind.
// The rules are Docker's (docker run --help, "--restart").
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';

const program = join(import.meta.dirname, '../../../../bin/tsdocker');

const say = (program: string, ...words: readonly string[]): string =>
  execFileSync(program, words, { encoding: 'utf8' }).trim();
const tsdocker = (...words: readonly string[]): string => say(program, ...words);
const namesOf = (...words: readonly string[]): string[] =>
  tsdocker('ps', '--format', '{{.Names}}', ...words)
    .split('\n')
    .sort();

// What was running with on-failure was killed with the machine, which is a failure.
const promised = ['always-running', 'always-stopped', 'on-failure-running', 'unless-stopped-running'];

after(() => {
  tsdocker('rm', '-f', ...namesOf('-a'));
});

test('the unit has started what restart policies promise, and nothing else', () => {
  assert.equal(say('systemctl', 'is-active', 'tsdocker.service'), 'active');
  const output = ['--output=cat', '_COMM=node', '+', '_SYSTEMD_UNIT=tsdocker.service'];
  const printed = say('journalctl', ...output, '--no-pager').split('\n');
  for (const name of promised) assert.ok(printed.includes(name), printed.join(' '));
  assert.deepEqual(namesOf(), promised);
});

test('what was not to be started says how it ended', () => {
  const line = (name: string) => tsdocker('inspect', '--format', '{{.State.Status}} {{.State.ExitCode}}', name);
  assert.equal(line('no-stopped'), 'exited 0');
  assert.match(line('no-running'), /^exited (0|255)$/); // 255: the machine was faster than its shim
  assert.equal(line('unless-stopped-stopped'), 'exited 0');
  assert.equal(line('on-failure-stopped'), 'exited 137');
  assert.equal(line('always-created'), 'created 0');
});

test('what was started again has its limits, and is whole', () => {
  for (const name of promised) {
    const pid = tsdocker('inspect', '--format', '{{.State.Pid}}', name);
    const group = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().replace('0::', '/sys/fs/cgroup');
    assert.equal(readFileSync(join(group, 'memory.max'), 'utf8'), '67108864\n');
    assert.equal(tsdocker('exec', name, 'echo', 'well'), 'well');
  }
});

test('containers outlive the unit that started them at boot', () => {
  say('systemctl', 'stop', 'tsdocker.service');
  assert.deepEqual(namesOf(), promised);
});

test('system uninstall removes the unit and leaves containers alone, and may be repeated', () => {
  assert.match(tsdocker('system', 'uninstall'), /^removed: /);
  assert.ok(!existsSync('/etc/systemd/system/tsdocker.service'));
  assert.ok(!existsSync('/etc/systemd/system/multi-user.target.wants/tsdocker.service'));
  assert.match(tsdocker('system', 'uninstall'), /nothing to do$/);
  assert.deepEqual(namesOf(), promised);
});

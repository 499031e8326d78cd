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

// The one with on-failure had to be killed when the machine went down, which is a failure.
const promised = ['always-running', 'always-stopped', 'on-failure-running', 'unless-stopped-running'];

after(() => {
  tsdocker('rm', '-f', ...namesOf('-a'));
});

test('the unit has started what restart policies promise, and nothing else', () => {
  assert.equal(say('systemctl', 'is-active', 'tsdocker.service'), 'active');
  const printed = say('journalctl', '--unit=tsdocker.service', '--output=cat', '--no-pager').split('\n');
  for (const name of promised) assert.ok(printed.includes(name), printed.join(' '));
  assert.deepEqual(namesOf(), promised);
});

test('what was not to be started says how it ended', () => {
  const line = (name: string) => tsdocker('inspect', '--format', '{{.State.Status}} {{.State.ExitCode}}', name);
  assert.equal(line('no-stopped'), 'exited 0');
  assert.equal(line('no-running'), 'exited 0');
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

test('what was started again is reached by its published port, and by its name', async () => {
  // By an address of the host, which the kernel translates, and by the loopback, which is relayed.
  for (const address of ['10.77.0.1', '127.0.0.1', '[::1]']) {
    const answer = await fetch(`http://${address}:8080/hostname`);
    assert.equal(await answer.text(), `${tsdocker('inspect', '--format', '{{.Config.Hostname}}', 'always-running')}\n`);
  }
  const asked = ['run', '--rm', '--network', 'kept', 'localhost/busybox', 'nslookup', 'always-running'];
  assert.match(tsdocker(...asked), /10\.77\.0\.2/);
});

test('containers were ended in good order before the reboot, not killed with the machine', () => {
  for (const name of ['always-running', 'unless-stopped-running', 'no-running'])
    assert.match(tsdocker('logs', name), /^in good order$/m);
});

test('stopping the unit ends every container, and starting it starts again what is promised', () => {
  say('systemctl', 'stop', 'tsdocker.service');
  assert.deepEqual(namesOf(), ['']);
  say('systemctl', 'start', 'tsdocker.service');
  assert.deepEqual(namesOf(), promised);
});

test('system uninstall removes the unit and leaves containers alone, and may be repeated', () => {
  assert.match(tsdocker('system', 'uninstall'), /^removed: /);
  assert.ok(!existsSync('/etc/systemd/system/tsdocker.service'));
  assert.ok(!existsSync('/etc/systemd/system/multi-user.target.wants/tsdocker.service'));
  assert.match(tsdocker('system', 'uninstall'), /nothing to do$/);
  assert.deepEqual(namesOf(), promised);
});

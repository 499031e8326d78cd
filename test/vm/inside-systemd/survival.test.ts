// A container outlives what its command was started from: a unit that stops, a session that ends. Each time a decoy, a process
// left behind in the ordinary way, shows that the stop was one that kills. systemd.kill(5), logind.conf(5) KillUserProcesses.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const program = join(import.meta.dirname, '../../../bin/tsdocker');
const limits = ['-m', '64m', '--cpus', '0.5', '--pids-limit', '32', '--cpuset-cpus', '1'] as const;
const run = `${program} run -d --network none ${limits.join(' ')} localhost/busybox sleep 100000`;

const say = (program: string, ...words: readonly string[]): string =>
  execFileSync(program, words, { encoding: 'utf8' }).trim();
const tsdocker = (...words: readonly string[]): string => say(program, ...words);

after(() => {
  for (const name of ['of-unit', 'of-session', 'of-scope']) spawnSync(program, ['rm', '-f', name]);
});

/** Fails unless the container runs, in its own cgroup and with each limit as it was asked for. */
function checkWhole(name: string): void {
  const [status, pid] = tsdocker('inspect', '--format', '{{.State.Status}} {{.State.Pid}}', name).split(' ');
  assert.equal(status, 'running');
  const group = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().replace('0::', '/sys/fs/cgroup');
  assert.match(group, /^\/sys\/fs\/cgroup\/tsdocker\/[0-9a-f]{64}\//);
  const read = (file: string): string => readFileSync(join(group, file), 'utf8').trim();
  const found = ['memory.max', 'cpu.max', 'pids.max', 'cpuset.cpus'].map(read);
  assert.deepEqual(found, ['67108864', '50000 100000', '32', '1']);
  assert.equal(tsdocker('exec', name, 'echo', 'well'), 'well');
}

/** Waits until the process is gone; systemd gives it ten seconds before it kills. */
async function untilGone(pid: number): Promise<void> {
  for (const end = Date.now() + 60_000; existsSync(`/proc/${pid}`); await sleep(100))
    assert.ok(Date.now() < end, `the process ${pid} still runs: ${readFileSync(`/proc/${pid}/cgroup`, 'utf8')}`);
}

test('a container outlives the unit that started it, and a daemon-reload takes no limit from it', async () => {
  const script = `sleep 99999 & echo $! > /run/decoy; ${run.replace('run -d', 'run -d --name of-unit')}; exec sleep 99998`;
  say('systemd-run', '--unit=starter', '--quiet', 'sh', '-c', script);
  for (const end = Date.now() + 60_000; spawnSync(program, ['exec', 'of-unit', 'true']).status !== 0; await sleep(200))
    assert.ok(Date.now() < end, say('journalctl', '--unit=starter', '--no-pager'));
  checkWhole('of-unit');
  say('systemctl', 'daemon-reload');
  checkWhole('of-unit');
  const decoy = Number(readFileSync('/run/decoy', 'utf8'));
  assert.ok(existsSync(`/proc/${decoy}`));
  say('systemctl', 'stop', 'starter.service');
  assert.ok(!existsSync(`/proc/${decoy}`));
  checkWhole('of-unit');
  say('systemctl', 'daemon-reload');
  // A unit with limits of its own makes systemd write the controllers of the tree's root anew.
  say('systemd-run', '--wait', '--quiet', '-p', 'CPUWeight=50', '-p', 'IOWeight=50', '-p', 'AllowedCPUs=0', 'true');
  say('systemctl', 'daemon-reload');
  checkWhole('of-unit');
});

test('a container outlives the ssh session that started it', async () => {
  say('systemctl', 'start', 'ssh.service');
  const script = `setsid sleep 99997 < /dev/null > /dev/null 2>&1 & echo $!; ${run.replace('run -d', 'run -d --name of-session')}`;
  const decoy = Number.parseInt(say('ssh', 'root@127.0.0.1', script), 10);
  await untilGone(decoy);
  checkWhole('of-session');
  say('systemctl', 'stop', 'user@0.service', 'user.slice');
  checkWhole('of-session');
});

test('a container outlives the scope that started it', async () => {
  const script = `sleep 99996 > /dev/null 2>&1 & echo $!; ${run.replace('run -d', 'run -d --name of-scope')}`;
  const decoy = Number.parseInt(say('systemd-run', '--scope', '--quiet', '--unit=starter', 'sh', '-c', script), 10);
  say('systemctl', 'stop', 'starter.scope');
  await untilGone(decoy);
  checkWhole('of-scope');
});

// `tsdocker run` with limits on pure cgroup v2: each is in its file as the container sees it, and proved by its effect.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';

const program = join(import.meta.dirname, '../../../bin/tsdocker');
const run = ['run', '--rm', '--network', 'none'];
const image = 'localhost/busybox';

const tsdocker = (...words: readonly string[]) => spawnSync(program, words, { encoding: 'utf8' });

/** What a container with these flags prints; it must end well. */
function sh(script: string, ...flags: readonly string[]): string {
  const { status, stdout, stderr } = tsdocker(...run, ...flags, image, 'sh', '-c', script);
  assert.equal(status, 0, stderr);
  return stdout;
}

after(() => {
  const left = existsSync('/sys/fs/cgroup/tsdocker')
    ? readdirSync('/sys/fs/cgroup/tsdocker', { withFileTypes: true })
    : [];
  assert.deepEqual(
    left.filter((entry) => entry.isDirectory() && entry.name !== 'shims'),
    [],
  );
});

for (const [flags, file, value] of [
  [['-m', '64m'], 'memory.max', '67108864'],
  [['-m', '64m', '--memory-swap', '100m'], 'memory.swap.max', '37748736'],
  [['-m', '64m', '--memory-swap', '-1'], 'memory.swap.max', 'max'],
  [['-m', '64m', '--memory-reservation', '32m'], 'memory.low', '33554432'],
  [['--cpus', '0.5'], 'cpu.max', '50000 100000'],
  [['--cpu-period', '50000', '--cpu-quota', '20000'], 'cpu.max', '20000 50000'],
  [['--cpu-shares', '1024'], 'cpu.weight', '100'],
  [['--cpuset-cpus', '1'], 'cpuset.cpus', '1'],
  [['--pids-limit', '32'], 'pids.max', '32'],
] as const) {
  test(`${flags.join(' ')} is ${value} in ${file}`, (context) => {
    if (file === 'memory.swap.max' && !existsSync('/proc/swaps')) context.diagnostic('this kernel has no swap');
    assert.equal(sh(`cat /sys/fs/cgroup/${file}`, ...flags), `${value}\n`);
  });
}

test('a process over its memory limit is killed: the exit is 137, and the reason is told', () => {
  const ended = tsdocker(
    ...run,
    '-m',
    '32m',
    '--shm-size',
    '1g',
    image,
    'dd',
    'if=/dev/zero',
    'of=/dev/shm/hog',
    'bs=1M',
    'count=200',
  );
  assert.equal(ended.status, 137);
  assert.match(ended.stderr, /out of memory/);
});

test('a container that stays records that it was killed for memory', () => {
  const words = ['run', '--network', 'none', '--name', 'hog', '-m', '32m', '--shm-size', '1g', image];
  assert.equal(tsdocker(...words, 'dd', 'if=/dev/zero', 'of=/dev/shm/hog', 'bs=1M', 'count=200').status, 137);
  assert.match(tsdocker('ps', '-a').stdout, /Exited \(137\)/);
  assert.equal(tsdocker('rm', 'hog').status, 0);
});

test('a fork bomb stops at its limit of processes', () => {
  const script = 'i=0; while [ $i -lt 60 ]; do sleep 20 & i=$((i+1)); done; true';
  const bomb = tsdocker(
    ...run,
    '--pids-limit',
    '10',
    image,
    'sh',
    '-c',
    `(${script}) 2>/tmp/errors; cat /tmp/errors; cat /sys/fs/cgroup/pids.current /sys/fs/cgroup/pids.events`,
  );
  assert.match(bomb.stdout + bomb.stderr, /can't fork|Resource temporarily unavailable/);
  assert.match(tsdocker(...run, '--pids-limit', '10', image, 'echo', 'still fine').stdout, /still fine/);
});

test('busy loops with 0.5 and 1.0 cpus use time in the ratio 1 to 2', async () => {
  const script = 'timeout 8 sh -c "while :; do :; done"; grep usage_usec /sys/fs/cgroup/cpu.stat';
  const usage = async (cpus: string): Promise<number> => {
    const child = spawn(program, [...run, '--cpus', cpus, image, 'sh', '-c', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    await once(child, 'close');
    return Number(/usage_usec (\d+)/.exec(text)?.[1]);
  };
  const [half, whole] = await Promise.all([usage('0.5'), usage('1')]);
  const ratio = half! / whole!;
  assert.ok(ratio > 0.4 && ratio < 0.6, `0.5 cpus used ${half} µs, 1.0 used ${whole} µs`);
});

test('a device that was not given cannot be opened, and one that was can', () => {
  assert.match(sh('mknod /k c 1 1; cat /k 2>&1 >/dev/null || true'), /not permitted/);
  assert.equal(sh('head -c 4 /dev/zero | wc -c'), '4\n');
  assert.match(sh('ls -l /dev/disk', '--device', '/dev/vda:/dev/disk:r'), /^b/);
});

test('every process of a container is killed with its first one', () => {
  sh('for i in 1 2 3; do setsid sleep 1000 & done; exit 0');
  assert.equal(spawnSync('pgrep', ['-x', 'sleep'], { encoding: 'utf8' }).stdout, '');
});

test('root has CAP_SYS_RESOURCE here: limits can be raised', () => {
  assert.equal(sh('ulimit -Hn', '--ulimit', 'nofile=600000:600000'), '600000\n');
});

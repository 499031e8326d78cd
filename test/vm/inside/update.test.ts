// `tsdocker update` on a running container, with controllers: what it changes is in force at once. And what `stats` tells of it.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { payloadPath } from '../../../src/cgroup/place.ts';

const program = join(import.meta.dirname, '../../../bin/tsdocker');
const tsdocker = (...words: readonly string[]) => spawnSync(program, words, { encoding: 'utf8' });

let shell: ChildProcess;
let output = '';
let folder: string;

/** What the container's shell prints for a script. */
async function sh(script: string): Promise<string> {
  const from = output.length;
  shell.stdin!.write(`${script}\necho "done"\n`);
  while (!output.slice(from).includes('done\n')) await once(shell.stdout!, 'data');
  return output.slice(from, output.indexOf('done\n', from));
}

const read = (file: string): string => readFileSync(join(folder, file), 'utf8').trim();

function update(...words: readonly string[]): void {
  const { status, stdout, stderr } = tsdocker('update', ...words, 'updated');
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: 'updated\n', stderr: '' });
}

before(async () => {
  const words = ['run', '-i', '--network', 'none', '--name', 'updated', 'localhost/busybox', 'sh'];
  shell = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  shell.stdout!.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await sh(':');
  const id = tsdocker('ps', '-q', '--no-trunc').stdout.trim();
  folder = payloadPath('/sys/fs/cgroup', id);
});

after(async () => {
  const ended = once(shell, 'close');
  shell.stdin!.end();
  await ended;
  assert.equal(tsdocker('rm', 'updated').status, 0);
});

/** Name, memory, its share of the limit, block devices, processes. */
function stats(): string[] {
  const format = '{{.Name}}|{{.MemUsage}}|{{.MemPerc}}|{{.BlockIO}}|{{.PIDs}}';
  return tsdocker('stats', '--no-stream', '--format', format).stdout.trim().split('|');
}

test('what a container without limits uses is counted', async () => {
  const [name, memory, share, block, pids] = stats();
  assert.equal(name, 'updated');
  assert.match(memory!, /^[\d.]+(KiB|MiB) \/ [\d.]+(MiB|GiB)$/);
  assert.match(share!, /^\d+\.\d\d%$/);
  assert.match(block!, /^[\d.]+[kM]?B \/ [\d.]+[kM]?B$/);
  assert.equal(pids, '1');
  await sh('sleep 1000 & :');
  assert.equal(stats()[4], '2');
  await sh('kill $!');
});

test('a container without limits gets them while it runs, and lives by them', async () => {
  update('--memory', '64m', '--memory-swap', '64m', '--pids-limit', '8', '--cpus', '0.5', '--cpu-shares', '512');
  assert.equal(read('memory.max'), '67108864');
  assert.equal(read('pids.max'), '8');
  assert.equal(read('cpu.max'), '50000 100000');
  assert.equal(read('cpu.weight'), '59');
  assert.match(await sh('dd if=/dev/zero of=/dev/null bs=100M count=1 2>&1 || echo "status $?"'), /status 137/);
  assert.equal(await sh('i=0; (while [ $i -lt 20 ]; do sleep 5 & i=$((i+1)); done) 2>&1 | grep -c fork'), '1\n');
});

test('limits are raised again, and those that were not named stay', async () => {
  update('--memory', '256m', '--memory-swap', '-1', '--pids-limit', '0');
  assert.equal(read('memory.max'), '268435456');
  assert.equal(read('pids.max'), 'max');
  assert.equal(read('cpu.max'), '50000 100000');
  assert.match(await sh('dd if=/dev/zero of=/dev/null bs=100M count=1 2>/dev/null; echo "status $?"'), /status 0/);
});

test('where the kernel refuses one limit, the others are as they were', () => {
  const [memory, pids] = [read('memory.max'), read('pids.max')];
  const { status, stderr } = tsdocker(
    'update',
    '--memory',
    '128m',
    '--pids-limit',
    '20',
    '--cpuset-mems',
    '900',
    'updated',
  );
  assert.equal(status, 125);
  assert.match(stderr, /^tsdocker: cannot update updated: cannot set --cpuset-mems: writing 900 to cpuset.mems failed/);
  assert.deepEqual([read('memory.max'), read('pids.max')], [memory, pids]);
});

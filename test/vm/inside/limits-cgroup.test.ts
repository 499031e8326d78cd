// Limits of src/cgroup by their effect, on pure cgroup v2: each is set on a cgroup, and a process in it runs into it.
// What the files mean: cgroup v2 of the kernel's admin guide.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cgroup, createCgroup, discardCgroup } from '../../../src/cgroup/cgroup.ts';
import { openFolder, parseNumbers } from '../../../src/cgroup/files.ts';
import { readHierarchy } from '../../../src/cgroup/hierarchy.ts';
import { planCgroup } from '../../../src/cgroup/plan.ts';
import { readMemoryEvents } from '../../../src/cgroup/remove.ts';
import { defaultDeviceRules } from '../../../src/spec/default-devices.ts';
import type { Resources } from '../../../src/spec/types.ts';

const megabyte = 1 << 20;
const hierarchy = readHierarchy();
const base = `limits-test-${process.pid}`;

/** A cgroup that is gone at the end of the test, with all that is in it. */
function cgroup(id: string, resources: Resources): Cgroup & Disposable {
  const plan = planCgroup(resources, hierarchy);
  const made = createCgroup(plan, { id, base });
  return { ...made, [Symbol.dispose]: () => discardCgroup(plan, made, { id, base }) };
}

const read = ({ path }: Cgroup, file: string): string => readFileSync(join(path, file), 'utf8').trim();
const number = (made: Cgroup, file: string, key: string): number => parseNumbers(read(made, file)).get(key)!;

/** What a shell in the cgroup runs. */
const enter = 'echo $$ > "$0/cgroup.procs" || exit 99; ';
const runIn = ({ path }: Cgroup, script: string) => spawnSync('sh', ['-c', enter + script, path], { encoding: 'utf8' });
const startIn = ({ path }: Cgroup, script: string) => spawn('sh', ['-c', enter + script, path], { stdio: 'ignore' });

/** The number of the store's disk, `253:0`. */
const disk = readFileSync('/sys/block/vda/dev', 'utf8').trim();
const [major, minor] = disk.split(':').map(Number) as [number, number];

test('every controller that a limit needs is on the tree', () => {
  assert.equal(hierarchy.path, '/sys/fs/cgroup');
  for (const name of ['cpu', 'cpuset', 'io', 'memory', 'pids']) assert.ok(hierarchy.controllers.has(name), name);
});

const device = { major, minor };
const files: readonly (readonly [string, Resources, Readonly<Record<string, string>>])[] = [
  ['a memory limit', { memory: { limit: 64 * megabyte } }, { 'memory.max': '67108864', 'memory.swap.max': 'max' }],
  [
    'memory with swap',
    { memory: { limit: 64 * megabyte, swap: 96 * megabyte } },
    { 'memory.max': '67108864', 'memory.swap.max': '33554432' },
  ],
  ['memory without swap', { memory: { limit: megabyte, swap: megabyte } }, { 'memory.swap.max': '0' }],
  ['a memory reservation', { memory: { reservation: 8 * megabyte } }, { 'memory.low': '8388608' }],
  ['cpu shares', { cpu: { shares: 512 } }, { 'cpu.weight': '59' }],
  ['a cpu quota', { cpu: { quota: 25_000, period: 50_000 } }, { 'cpu.max': '25000 50000' }],
  ['a cpu period', { cpu: { period: 50_000 } }, { 'cpu.max': 'max 50000' }],
  ['processors', { cpu: { cpus: '0-1', mems: '0' } }, { 'cpuset.cpus': '0-1', 'cpuset.mems': '0' }],
  // This kernel has no BFQ scheduler: the weight goes to io.weight, converted.
  ['a block i/o weight', { blockIO: { weight: 500 } }, { 'io.weight': 'default 4950' }],
  ['a number of processes', { pids: { limit: 17 } }, { 'pids.max': '17' }],
  [
    'read and write rates of a disk',
    {
      blockIO: {
        throttleReadBpsDevice: [{ ...device, rate: 3 * megabyte }],
        throttleWriteBpsDevice: [{ ...device, rate: 2 * megabyte }],
        throttleReadIOPSDevice: [{ ...device, rate: 300 }],
        throttleWriteIOPSDevice: [{ ...device, rate: 200 }],
      },
    },
    { 'io.max': `${disk} rbps=3145728 wbps=2097152 riops=300 wiops=200` },
  ],
  [
    'unified files',
    { unified: { 'memory.high': '10485760', 'memory.oom.group': '1', 'cgroup.max.descendants': '4' } },
    { 'memory.high': '10485760', 'memory.oom.group': '1', 'cgroup.max.descendants': '4' },
  ],
];

for (const [what, resources, expected] of files) {
  test(`a cgroup's files hold ${what}`, () => {
    using made = cgroup('files', resources);
    for (const [file, value] of Object.entries(expected)) assert.equal(read(made, file), value, file);
  });
}

test('the controllers that limits and figures need are given to the cgroups of ours', () => {
  const own = { id: 'lean', base: `${base}-lean` };
  const plan = planCgroup({ pids: { limit: 9 }, memory: { limit: -1 } }, hierarchy);
  const made = createCgroup(plan, own);
  try {
    assert.equal(read(made, 'cgroup.controllers'), 'cpu io memory pids');
  } finally {
    discardCgroup(plan, made, own);
  }
});

test('processes are killed one by one, not the whole cgroup, unless asked', () => {
  using made = cgroup('group', { memory: { limit: 64 * megabyte } });
  assert.equal(read(made, 'memory.oom.group'), '0');
});

test('a process above its memory limit is killed, and the cgroup counts it', () => {
  using made = cgroup('hog', { memory: { limit: 24 * megabyte, swap: 24 * megabyte } });
  assert.deepEqual(readMemoryEvents(made.payload), { max: 0, oom: 0, oomKill: 0 });
  // tail keeps the whole line that it is in, and this one never ends.
  const { status, stdout } = runIn(made, 'tail /dev/zero; echo "tail ended with $?"');
  assert.equal(stdout, 'tail ended with 137\n'); // 128 + SIGKILL
  assert.equal(status, 0); // the shell beside it lives on
  const events = readMemoryEvents(made.payload)!;
  assert.equal(events.oomKill, 1);
  assert.ok(events.max > 0 && events.oom > 0, JSON.stringify(events));
  assert.ok(Number(read(made, 'memory.peak')) <= 24 * megabyte);
});

test('no more processes start than the limit says', () => {
  using made = cgroup('bomb', { pids: { limit: 8 } });
  const { stderr } = runIn(made, 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 100 > /dev/null 2>&1 & done');
  assert.match(stderr, /Cannot fork/);
  assert.ok(number(made, 'pids.events', 'max') > 0);
  assert.ok(Number(read(made, 'pids.peak')) <= 8);
});

test('two busy loops at 0.5 and 1 processors use time in the ratio 1 to 2', async () => {
  using half = cgroup('half', { cpu: { quota: 50_000, period: 100_000, cpus: '0' } });
  using whole = cgroup('whole', { cpu: { quota: 100_000, period: 100_000, cpus: '1' } });
  const used = (made: Cgroup): number => number(made, 'cpu.stat', 'usage_usec');
  for (const made of [half, whole]) startIn(made, 'while :; do :; done');
  await sleep(1000); // both are in their loops
  const before = [used(half), used(whole)] as const;
  await sleep(6000);
  const [spentHalf, spentWhole] = [used(half) - before[0], used(whole) - before[1]];
  const ratio = spentWhole / spentHalf;
  assert.ok(ratio > 1.5 && ratio < 2.5, `${spentHalf} and ${spentWhole} microseconds: ${ratio}`);
  assert.ok(number(half, 'cpu.stat', 'nr_throttled') > 0);
});

test('of two busy loops on one processor the one with more shares gets more of it', async () => {
  using less = cgroup('less', { cpu: { shares: 512, cpus: '0' } });
  using more = cgroup('more', { cpu: { shares: 4096, cpus: '0' } });
  const used = (made: Cgroup): number => number(made, 'cpu.stat', 'usage_usec');
  for (const made of [less, more]) startIn(made, 'while :; do :; done');
  await sleep(1000);
  const before = [used(less), used(more)] as const;
  await sleep(3000);
  const ratio = (used(more) - before[1]) / (used(less) - before[0]);
  assert.ok(ratio > 2.5, `${ratio}`); // the weights are 59 and 303
});

test('a process runs only on the processors that it was given', () => {
  using made = cgroup('set', { cpu: { cpus: '1' } });
  assert.match(runIn(made, 'cat /proc/self/status').stdout, /^Cpus_allowed_list:\s*1$/m);
});

test('a process writes to a disk no faster than its rate', () => {
  using made = cgroup('slow', { blockIO: { throttleWriteBpsDevice: [{ ...device, rate: megabyte }] } });
  const file = '/var/lib/tsdocker/limits-cgroup-test';
  const before = performance.now();
  const { stderr, status } = runIn(made, `dd if=/dev/zero of=${file} bs=256k count=12 oflag=direct; rm ${file}`);
  assert.equal(status, 0, stderr);
  const seconds = (performance.now() - before) / 1000;
  assert.ok(seconds > 2, `3 MiB in ${seconds} s`); // the kernel lets a little through at once
});

test('a process opens the devices that the default rules allow, and no disk', () => {
  using made = cgroup('devices', { devices: defaultDeviceRules });
  assert.equal(runIn(made, 'head -c 1 /dev/zero > /dev/null && head -c 2 /dev/urandom | wc -c').stdout, '2\n');
  const { stderr, status } = runIn(made, 'head -c 1 /dev/vda');
  assert.match(stderr, /Operation not permitted/);
  assert.notEqual(status, 0);
});

test('processors that the machine does not have are refused with the words of the kernel', () => {
  assert.throws(() => cgroup('many', { cpu: { cpus: '0-9999' } }), {
    code: 'kernel',
    message: /^cannot set --cpuset-cpus: writing 0-9999 to cpuset.cpus failed: /,
  });
});

test('a rate for a disk that is not there is refused, and no cgroup stays behind', () => {
  const rate = { throttleReadBpsDevice: [{ major: 4000, minor: 1, rate: 1 }] };
  assert.throws(() => cgroup('nodisk', { blockIO: rate }), {
    message: 'cannot set --device-read-bps: writing 4000:1 rbps=1 to io.max failed: ENODEV (no such device)',
  });
  using next = cgroup('next', {});
  assert.throws(() => openFolder(next.base, 'nodisk'), { errno: 2 });
});

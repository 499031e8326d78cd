// A container's cgroup on this host, whatever it is: pure or hybrid. Limits by their effect are proved in the virtual machine
// (test/vm/inside/limits-cgroup.test.ts), where the controllers are.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { attachDevices } from '../../src/cgroup/attach-devices.ts';
import { removeUnusedBase } from '../../src/cgroup/base.ts';
import { type Cgroup, closeCgroup, createCgroup, discardCgroup } from '../../src/cgroup/cgroup.ts';
import { openFolder } from '../../src/cgroup/files.ts';
import { readHierarchy } from '../../src/cgroup/hierarchy.ts';
import { planCgroup } from '../../src/cgroup/plan.ts';
import { isPopulated, killCgroup, readMemoryEvents, removeCgroup } from '../../src/cgroup/remove.ts';
import { AT_FDCWD } from '../../src/kernel/constants.ts';
import { kernel } from '../../src/kernel/index.ts';
import { defaultDeviceRules } from '../../src/spec/default-devices.ts';
import type { Resources } from '../../src/spec/types.ts';

const hierarchy = readHierarchy();
const base = `tsdocker-test-${process.pid}`;
const source = join(import.meta.dirname, '../../src');
const root = openFolder(AT_FDCWD, hierarchy.path);

afterAll(() => {
  removeUnusedBase(root, base);
  kernel.close(root);
  expect(existsSync(join(hierarchy.path, base))).toBe(false);
});

/** A cgroup that is gone at the end of the test, with all that is in it. */
function cgroup(id: string, resources: Resources = {}): Cgroup & Disposable {
  const plan = planCgroup(resources, hierarchy);
  const made = createCgroup(plan, { id, base });
  return { ...made, [Symbol.dispose]: () => discardCgroup(plan, made, { id, base }) };
}

/** A shell in the cgroup. */
const enter = 'echo $$ > "$0/cgroup.procs" || exit 99; ';
const runIn = ({ path }: Cgroup, script: string) => spawnSync('sh', ['-c', enter + script, path], { encoding: 'utf8' });

/** Processes that sleep in the cgroup, once all of them are there. */
async function sleepIn({ path }: Cgroup, script: string): Promise<{ signal: () => Promise<NodeJS.Signals | null> }> {
  const shell = spawn('sh', ['-c', `${enter}${script}`, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(shell, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  await once(shell.stdout, 'data');
  return { signal: async () => (await ended)[1] };
}

const descriptors = () => readdirSync('/proc/self/fd').length;

test('a cgroup stands below the base, beside the leaf of the shims', () => {
  using made = cgroup('stands');
  expect(made.path).toBe(join(hierarchy.path, base, 'stands/payload'));
  expect(existsSync(join(hierarchy.path, base, 'stands/shim/cgroup.procs'))).toBe(true);
  expect(existsSync(join(hierarchy.path, base, 'shims', 'cgroup.procs'))).toBe(true);
  expect(readdirSync(`/proc/self/fd/${made.payload}`)).toContain('cgroup.procs');
  expect(readdirSync(`/proc/self/fd/${made.base}`)).toContain('stands');
});

test('a process that is moved in is seen there', () => {
  using made = cgroup('moved');
  const below = made.path.slice(hierarchy.path.length);
  expect(runIn(made, 'cat /proc/self/cgroup').stdout.split('\n')).toContain(`0::${below}`);
});

test('a limit of a controller that the tree has is in its file', () => {
  // hugetlb is the one controller that hybrid hosts leave to version 2; elsewhere it is there as well.
  const file = 'hugetlb.2MB.max';
  using made = cgroup('limited', { unified: { [file]: '4194304', 'cgroup.max.depth': '3' } });
  expect(readFileSync(join(made.path, file), 'utf8')).toBe('4194304\n');
  expect(readFileSync(join(made.path, 'cgroup.max.depth'), 'utf8')).toBe('3\n');
});

test('killing ends every process of the cgroup and those below it', async () => {
  using made = cgroup('killed');
  mkdirSync(join(made.path, 'below'));
  const one = await sleepIn(made, 'sleep 1000 & echo; wait');
  const two = await sleepIn({ ...made, path: join(made.path, 'below') }, 'echo; exec sleep 1000');
  expect(isPopulated(made.payload)).toBe(true);
  killCgroup(made.payload);
  expect(await one.signal()).toBe('SIGKILL');
  expect(await two.signal()).toBe('SIGKILL');
});

test('removing kills, waits and takes the whole tree away', async () => {
  using made = cgroup('removed');
  for (const name of ['a/b/c', 'a/d', 'e']) mkdirSync(join(made.path, name), { recursive: true });
  const sleeper = await sleepIn({ ...made, path: join(made.path, 'a/b/c') }, 'sleep 1000 & sleep 1000 & echo; wait');
  removeCgroup(made.base, 'removed');
  expect(existsSync(made.path)).toBe(false);
  expect(await sleeper.signal()).toBe('SIGKILL');
  removeCgroup(made.base, 'removed'); // gone already: no error
});

test('removing takes away a tree that is deeper than a path may be long', () => {
  using made = cgroup('deep');
  const name = 'x'.repeat(250);
  let folder = openFolder(made.payload, '.');
  for (let depth = 0; depth < 24; depth++) {
    kernel.mkdirat(folder, name, 0o755);
    const below = openFolder(folder, name);
    kernel.close(folder);
    folder = below;
  }
  kernel.close(folder);
  const before = descriptors();
  removeCgroup(made.base, 'deep');
  expect(existsSync(made.path)).toBe(false);
  expect(descriptors()).toBe(before);
});

test('a cgroup that a killed shim left behind is replaced', () => {
  using left = cgroup('left');
  mkdirSync(join(left.path, 'below'));
  using again = cgroup('left');
  expect(existsSync(join(again.path, 'below'))).toBe(false);
});

test('a cgroup in which processes run is not replaced', async () => {
  using busy = cgroup('busy');
  await sleepIn(busy, 'echo; exec sleep 1000');
  expect(() => cgroup('busy')).toThrow(
    expect.objectContaining({
      code: 'conflict',
      message: `the cgroup ${dirname(busy.path)} exists and processes run in it`,
    }),
  );
  expect(isPopulated(busy.payload)).toBe(true);
});

test.each(['..', '.', 'a/b', '', 'shims', '-x', 'a\nb'])('%j cannot be the name of a cgroup', (id) => {
  expect(() => cgroup(id)).toThrow(expect.objectContaining({ code: 'usage' }));
});

test.each([
  [
    'a value the kernel refuses',
    { 'hugetlb.2MB.max': 'much' },
    'cannot set unified hugetlb.2MB.max: writing much to hugetlb.2MB.max failed: EINVAL (invalid argument)',
  ],
  [
    'a file the kernel lacks',
    { 'hugetlb.3MB.max': '1' },
    'cannot set unified hugetlb.3MB.max: this kernel has no hugetlb.3MB.max',
  ],
])('%s is an error that leaves nothing behind', (_, unified: Record<string, string>, message) => {
  const own = `${base}-failing`;
  const before = descriptors();
  const plan = planCgroup({ unified }, hierarchy);
  expect(() => createCgroup(plan, { id: 'failing', base: own })).toThrow(message);
  expect(existsSync(join(hierarchy.path, own))).toBe(false);
  expect(descriptors()).toBe(before);
});

test('a level in which processes live cannot give controllers, and the error says so', async () => {
  using made = cgroup('crowded', { unified: { 'hugetlb.2MB.max': '0' } });
  await sleepIn(made, 'echo; exec sleep 1000');
  const plan = planCgroup({ unified: { 'hugetlb.2MB.max': '0' } }, { ...hierarchy, path: made.path });
  expect(() => createCgroup(plan, { id: 'inner', base: 'inner' })).toThrow(
    expect.objectContaining({
      code: 'conflict',
      message: `cannot enable hugetlb below the cgroup ${made.path}: EBUSY (device or resource busy)`,
      hint: `processes live in ${made.path} itself; move them into a cgroup below it`,
    }),
  );
  expect(existsSync(join(made.path, 'inner'))).toBe(false);
});

test('a controller that the tree lacks is an error before anything is made', () => {
  const own = { ...hierarchy, controllers: new Set<string>(), heldByV1: new Set(['memory']) };
  expect(() => planCgroup({ memory: { limit: 1 << 20 } }, own)).toThrow(
    expect.objectContaining({ code: 'unsupported' }),
  );
});

test('memory events are undefined without the memory controller', () => {
  using made = cgroup('events');
  expect(readMemoryEvents(made.payload)).toBeUndefined();
});

test('the base goes when nobody uses it, and not before', () => {
  const own = `${base}-own`;
  const path = join(hierarchy.path, own);
  const made = createCgroup(planCgroup({}, hierarchy), { id: 'one', base: own });
  removeCgroup(made.base, 'one');
  removeUnusedBase(root, own);
  expect(existsSync(path)).toBe(true); // made.base is open
  closeCgroup(made);
  removeUnusedBase(root, own);
  expect(existsSync(path)).toBe(false);
  removeUnusedBase(root, own); // gone already: no error
});

test('commands that make and sweep cgroups at the same time do not disturb each other', async () => {
  const script = `
    const { createCgroup, discardCgroup } = await import('${source}/cgroup/cgroup.ts');
    const { planCgroup } = await import('${source}/cgroup/plan.ts');
    const { openFolder } = await import('${source}/cgroup/files.ts');
    const { kernel } = await import('${source}/kernel/index.ts');
    const plan = planCgroup({ unified: { 'hugetlb.2MB.max': '0' } });
    for (let i = 0; i < 100; i++) {
      const made = createCgroup(plan, { id: 'c' + process.pid, base: '${base}-race' });
      kernel.close(openFolder(made.base, 'shims'));
      discardCgroup(plan, made, { id: 'c' + process.pid, base: '${base}-race' });
    }`;
  const racers = [1, 2, 3, 4].map(() =>
    spawn(process.execPath, ['--input-type=module-typescript', '-e', script], { stdio: 'inherit' }),
  );
  const codes = await Promise.all(racers.map(async (racer) => (await once(racer, 'exit'))[0]));
  expect(codes).toEqual([0, 0, 0, 0]);
  expect(existsSync(join(hierarchy.path, `${base}-race`))).toBe(false);
});

test('a process with the default device rules opens and makes what they allow, and nothing else', () => {
  using made = cgroup('defaults', { devices: defaultDeviceRules });
  const node = `/tmp/${base}-node`;
  const opens = (numbers: string, mode: '<' | '>'): boolean =>
    runIn(made, `mknod ${node} ${numbers} || exit 98; exec 3${mode} ${node}`).status === 0;
  try {
    const tried = ['c 1 3', 'c 1 5', 'c 1 9', 'c 1 11', 'b 7 0'].map((numbers) => {
      const result = [numbers, opens(numbers, '<')] as const;
      rmSync(node); // making is allowed in any case
      return result;
    });
    // null, zero, urandom; the kernel's log and a loop device
    expect(tried).toEqual([
      ['c 1 3', true],
      ['c 1 5', true],
      ['c 1 9', true],
      ['c 1 11', false],
      ['b 7 0', false],
    ]);
    expect(runIn(made, 'echo > /dev/null && head -c 1 /dev/zero | wc -c').stdout).toBe('1\n');
  } finally {
    rmSync(node, { force: true });
  }
});

test('a device that the rules give only for reading cannot be written', () => {
  const readOnly = { allow: true, type: 'c', major: 1, minor: 3, access: 'r' } as const;
  using made = cgroup('reading', { devices: [{ allow: false }, readOnly] });
  expect(runIn(made, 'exec 3< /dev/null').status).toBe(0);
  expect(runIn(made, 'exec 3> /dev/null').stderr).toMatch(/Operation not permitted/);
  expect(runIn(made, `mknod /tmp/${base}-null c 1 3`).stderr).toMatch(/Operation not permitted/);
  expect(existsSync(`/tmp/${base}-null`)).toBe(false);
});

/** r0 = 0; exit: no device at all. */
const denyAll = new Uint8Array([0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);

test('a process in the cgroup cannot open a device that the attached program forbids', () => {
  using made = cgroup('devices');
  expect(runIn(made, 'head -c 1 /dev/zero | wc -c').stdout).toBe('1\n');
  attachDevices(made.payload, denyAll);
  const { stderr, status } = runIn(made, 'exec 3< /dev/zero');
  expect(stderr).toMatch(/Operation not permitted/);
  expect(status).not.toBe(0);
});

test('device rules without the capabilities are an error that names them', () => {
  using made = cgroup('powerless');
  const script = `
    const { attachDevices } = await import('${source}/cgroup/attach-devices.ts');
    const { openFolder } = await import('${source}/cgroup/files.ts');
    try {
      attachDevices(openFolder(-100, '${made.path}'), new Uint8Array([${denyAll}]));
    } catch ({ code, message, hint }) {
      console.log(code + ': ' + message + ': ' + hint);
    }`;
  const drop = ['--bounding-set', '-bpf,-sys_admin'];
  const node = [process.execPath, '--input-type=module-typescript', '-e', script];
  expect(spawnSync('setpriv', [...drop, ...node], { encoding: 'utf8' }).stdout).toBe(
    'permission: cannot set the device rules: EPERM (operation not permitted): ' +
      'they need the capabilities CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN\n',
  );
});

test('a program that the verifier refuses is an error', () => {
  using made = cgroup('verifier');
  expect(() => attachDevices(made.payload, denyAll.subarray(8))).toThrow(expect.objectContaining({ code: 'kernel' }));
});

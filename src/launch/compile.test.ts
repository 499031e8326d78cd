import { describe, expect, test } from 'vitest';
import { optionsWith } from '../../test/support/run-options.ts';
import { errnoNumber } from '../kernel/errno.ts';
import { syscallNumber } from '../kernel/syscalls/index.ts';
import { capabilitySets, defaultCapabilities } from '../spec/capabilities.ts';
import { compileSpec } from '../spec/compile-spec.ts';
import { maskedPaths } from '../spec/defaults.ts';
import type { RunOptions } from '../spec/run-options.ts';
import type { Spec } from '../spec/types.ts';
import { type ContainerProgram, compileContainer } from './compile.ts';
import { encodePhase } from './encode.ts';
import { explainProgram } from './explain.ts';
import type { SourceKind } from './mounts.ts';
import { compileProcess } from './process.ts';
import type { Argument, Memory, Phase, Step } from './program.ts';
import { featuresOf } from './root.ts';

const map = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
const bind = { type: 'bind', source: '/srv/data', target: '/data', recursive: true, mustExist: false } as const;

/** What the host has of the masked paths, but for one that it lacks, and of the sources of binds. */
const kinds = new Map<string, SourceKind>([
  ...maskedPaths.map((path) => [path, 'file'] as const),
  ...['/proc/acpi', '/proc/scsi', '/sys/devices/virtual/powercap', '/sys/firmware', '/srv/data'].map(
    (path) => [path, 'directory'] as const,
  ),
  ['/bundle/hosts', 'file'],
]);
kinds.delete('/proc/asound');

function specOf(options: Partial<RunOptions>): Spec {
  return compileSpec(
    optionsWith(options),
    { Cmd: ['sh'], WorkingDir: '/home/web' },
    {
      id: '0123456789ab',
      hostname: 'machine',
      knownCapabilities: defaultCapabilities,
      capabilities: defaultCapabilities,
      arch: process.arch,
      kernel: { major: 6, minor: 12 },
      devices: [],
      hostDevices: [],
      seccompProfile: undefined,
      ownMounts: [{ destination: '/etc/hosts', type: 'bind', source: '/bundle/hosts', options: ['bind', 'rprivate'] }],
    },
  );
}

function compile(options: Partial<RunOptions>, more: Partial<ContainerProgram> = {}): [Phase, Phase] {
  const plain = specOf(options);
  const namespaces = plain.linux.namespaces.map((namespace) =>
    namespace.type === 'user' ? { ...namespace, path: '/proc/77/ns/user' } : namespace,
  );
  const spec = { ...plain, linux: { ...plain.linux, namespaces } };
  const first = compileContainer({
    spec,
    root: {
      layers: ['/layers/2', '/layers/1'],
      upper: '/bundle/upper',
      work: '/bundle/work',
      target: '/bundle/rootfs',
      bundle: '/bundle',
      inLayerNamespace: false,
      discard: options.rm ?? false,
    },
    cgroup: '/sys/fs/cgroup/tsdocker/0123456789ab',
    kinds,
    volumes: [],
    features: featuresOf('6.12.0'),
    hostCapabilities: 0x1ffffffffffn,
    ...more,
  });
  const second = compileProcess(
    {
      path: '/bin/sh',
      args: ['sh', '-c', 'echo "hello"'],
      env: ['PATH=/bin', 'HOME=/'],
      cwd: spec.process.cwd,
      uid: 1000,
      gid: 1000,
      groups: [1000, 44],
      umask: 0o22,
      capabilities: capabilitySets(spec.process.capabilities!.bounding, 1000),
      noNewPrivileges: spec.process.noNewPrivileges ?? false,
      seccomp: spec.linux.seccomp,
      rlimits: spec.process.rlimits ?? [],
      ownStdio: [1, 2],
    },
    first.steps.length,
  );
  return [first, second];
}

const variants: Record<string, [Partial<RunOptions>, Partial<ContainerProgram>?]> = {
  'a plain container': [{ rm: true, mounts: [{ ...bind, readOnly: true }] }],
  'one with a terminal': [{ tty: true, interactive: true }, { windowSize: { height: 24, width: 80 } }],
  'one with a read-only root and a volume': [{ readOnly: true }, { volumes: ['/data', '/var/lib/x'] }],
  'one with all privileges and the host’s namespaces': [
    { privileged: true, network: 'host', pid: 'host', ipc: 'host', uts: 'host', cgroupns: 'host' },
  ],
  'one in a user namespace': [{ uidMap: map, gidMap: map, tty: true }],
  'one on an old kernel': [{ rm: true }, { features: featuresOf('5.15.0') }],
  'one in a user namespace on an old kernel': [{ uidMap: map, gidMap: map }, { features: featuresOf('5.19.0') }],
  'one with every limit of its process': [
    {
      oomScoreAdj: 100,
      ulimits: [{ name: 'nofile', soft: 1024, hard: -1 }],
      securityOpt: { noNewPrivileges: true, seccomp: 'default', systemPathsUnconfined: false },
      sysctls: { 'kernel.shm_rmid_forced': '1' },
      domainname: 'example',
    },
  ],
};

const stepsOf = (phases: readonly Phase[]): Step[] => phases.flatMap(({ steps }) => steps);

/** The length of the system call filter is the architecture's. */
const explain = (phases: readonly Phase[]): string => explainProgram(phases).replace(/len=\d+(.*?) +#/, 'len=…$1  #');

test.each(['a plain container', 'one in a user namespace', 'one on an old kernel'])(
  '%s as it is explained',
  async (name) => {
    const file = `./__snapshots__/${name.replaceAll(' ', '-')}.txt`;
    await expect(explain(compile(...variants[name]!))).toMatchFileSnapshot(file);
  },
);

describe.each(Object.keys(variants))('the program of %s', (name) => {
  const phases = compile(...variants[name]!);
  const steps = stepsOf(phases);

  test('numbers its steps through both phases', () => {
    expect(steps.map(({ number }) => number)).toEqual(steps.map((_, index) => index));
  });

  test('refers only to results of earlier steps of the same phase', () => {
    for (const { steps: own } of phases) {
      for (const step of own) {
        for (const argument of step.args) {
          if (typeof argument !== 'object' || argument.kind !== 'result') continue;
          expect(argument.step, `${step.number} ${step.why}`).toBeLessThan(step.number);
          expect(argument.step, `${step.number} ${step.why}`).toBeGreaterThanOrEqual(own[0]!.number);
        }
      }
    }
  });

  test('stores a result only in memory that a later step passes on, and within it', () => {
    const reaches = (argument: Argument | Memory['parts'][number], memory: Memory): boolean =>
      argument === memory ||
      (typeof argument === 'object' &&
        'kind' in argument &&
        argument.kind === 'memory' &&
        argument.parts.some((part) => reaches(part, memory)));
    for (const { store, number, why } of steps) {
      if (store === undefined) continue;
      const users = steps.filter((step) => step.args.some((argument) => reaches(argument, store.memory)));
      expect(users.length, why).toBeGreaterThan(0);
      for (const user of users) expect(user.number, why).toBeGreaterThan(number);
    }
  });

  test('makes only calls that exist on both architectures, with at most six arguments', () => {
    for (const { call, args } of steps) {
      if (call === 'wait') continue;
      expect(syscallNumber(call, 'x64')).toBeGreaterThanOrEqual(0);
      expect(syscallNumber(call, 'arm64')).toBeGreaterThanOrEqual(0);
      expect(args.length, call).toBeLessThanOrEqual(6);
    }
  });

  test('accepts at most six errors a step, all known by name', () => {
    for (const { accepted, why } of steps) {
      expect(accepted.length, why).toBeLessThanOrEqual(6);
      for (const errno of accepted) expect(errnoNumber(errno)).toBeGreaterThan(0);
    }
  });

  test('clones once, waits once at the end of its first phase, and ends by executing', () => {
    const numbers = (wanted: (step: Step) => boolean) => steps.filter(wanted).map(({ number }) => number);
    expect(steps.filter(({ branch }) => branch).map(({ call }) => call)).toEqual(['clone3']);
    expect(numbers(({ call }) => call === 'wait')).toEqual([phases[0].steps.at(-1)!.number]);
    expect(numbers(({ call }) => call === 'execve')).toEqual([steps.length - 1]);
  });

  test('says why in words that fit into a sentence, and belongs to a mechanism', () => {
    for (const { why, group } of steps) {
      expect(why).toMatch(/^[a-z][^\n]*[^.\n]$/);
      expect(group).not.toBe('');
    }
  });

  test('fits into the wire format', () => {
    for (const phase of phases) expect(encodePhase(phase).byteLength).toBeLessThan(2 ** 20);
  });

  test('lets go of the host’s tree before it makes anything in the container’s', () => {
    const clone = steps.findIndex(({ branch }) => branch);
    const left = steps.findIndex(({ call }) => call === 'umount2');
    expect(steps[left - 1]!.call).toBe('pivot_root');
    const between = steps.slice(clone + 1, left).map(({ call }) => call);
    for (const call of ['mkdirat', 'mknodat', 'symlinkat', 'openat', 'openat2']) expect(between).not.toContain(call);
  });

  test('closes descriptors before it enters the working directory, and that before it executes', () => {
    const second = phases[1].steps.map(({ call }) => call);
    expect(second.indexOf('close_range')).toBeGreaterThanOrEqual(0);
    expect(second.indexOf('close_range')).toBeLessThan(second.indexOf('chdir'));
    expect(second.indexOf('setresuid')).toBeLessThan(second.indexOf('chdir'));
  });
});

describe('what is particular', () => {
  const calls = (name: string): string[] => stepsOf(compile(...variants[name]!)).map(({ call }) => call);
  const whys = (...given: Parameters<typeof compile>): string[] => stepsOf(compile(...given)).map(({ why }) => why);

  test('an old kernel mounts the overlay with mount(2), inside the container’s mount namespace', () => {
    const old = calls('one on an old kernel');
    expect(old.filter((call) => call === 'mount')).toHaveLength(1);
    expect(old.indexOf('mount')).toBeGreaterThan(old.indexOf('clone3'));
    expect(calls('a plain container')).not.toContain('mount');
  });

  test('a user namespace makes no device node, which it may not: it gets the host’s', () => {
    const steps = stepsOf(compile(...variants['one in a user namespace']!));
    const nodes = steps.filter(({ call }) => call === 'mknodat').map(({ args }) => args[2]);
    for (const node of nodes) expect(node).toMatchObject({ text: expect.stringMatching(/^S_IFREG\|/) });
    expect(steps.map(({ why }) => why)).toContain('mounting the device /dev/null');
    expect(calls('a plain container').filter((call) => call === 'mknodat').length).toBeGreaterThan(5);
  });

  test('a user namespace is joined last, before the clone, and its root is taken after it', () => {
    const order = whys(...variants['one in a user namespace']!);
    const at = (why: string): number => order.indexOf(why);
    expect(at('joining the user namespace')).toBeLessThan(at('cloning the container’s first process'));
    expect(at('becoming user 0 of the user namespace')).toBeGreaterThan(at('cloning the container’s first process'));
    expect(at('becoming group 0 of the user namespace')).toBeLessThan(at('becoming user 0 of the user namespace'));
  });

  test('a bind on /dev stays as the host has it: nothing is made in it', () => {
    const dev = { ...bind, source: '/dev', target: '/dev', readOnly: false };
    const made = whys({ mounts: [dev] }).filter((why) => /^(making the device|linking) /.test(why));
    expect(made).toEqual([]);
  });

  test('a volume is mounted before what is mounted in it', () => {
    const order = whys({ mounts: [{ ...bind, target: '/data/in', readOnly: false }] }, { volumes: ['/data'] });
    expect(order.indexOf('mounting the volume /data')).toBeLessThan(order.indexOf('mounting /srv/data on /data/in'));
  });

  test('a root becomes read-only after everything in it was made', () => {
    const order = whys({ readOnly: true });
    const frozen = order.indexOf('making the root read-only');
    expect(order[frozen + 1]).toBe('for the user and the command to be looked up in the new root');
    expect(order.findLastIndex((why) => why.startsWith('making the folder'))).toBeLessThan(frozen);
  });

  test('paths are hidden after the mounts, and what is below them is gone for those too', () => {
    const order = whys({});
    expect(order.indexOf('hiding /proc/kcore')).toBeGreaterThan(order.indexOf('mounting proc on /proc'));
    expect(order.indexOf('hiding /proc/kcore')).toBeGreaterThan(
      order.findLastIndex((why) => why.startsWith('setting net.')),
    );
  });

  test('with a terminal no pipe of the shim’s becomes a standard descriptor', () => {
    const order = whys(...variants['one with a terminal']!);
    expect(order.filter((why) => why.startsWith('using the shim’s pipe'))).toEqual([]);
    expect(order).toContain('taking it as controlling terminal');
    expect(whys({}).filter((why) => why.startsWith('using the shim’s pipe'))).toHaveLength(3);
  });

  test('how soon the kernel ends it is set before the clone, by the helper for itself', () => {
    const order = whys({ oomScoreAdj: -5 });
    expect(order.indexOf('setting oom_score_adj to -5')).toBeLessThan(
      order.indexOf('cloning the container’s first process'),
    );
    expect(whys({}).filter((why) => why.includes('oom_score_adj'))).toEqual([]);
  });
});

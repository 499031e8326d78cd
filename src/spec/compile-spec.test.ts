import { describe, expect, test } from 'vitest';
import { optionsWith } from '../../test/support/run-options.ts';
import type { ExecutionConfig } from '../image/config.ts';
import { defaultCapabilities } from './capabilities.ts';
import { compileSpec, hostnameOf, type SpecFacts } from './compile-spec.ts';
import type { RunOptions } from './run-options.ts';
import type { Device, Seccomp, Spec } from './types.ts';

const known = [...defaultCapabilities, 'CAP_SYS_ADMIN', 'CAP_BPF'];
const disk: Device = { type: 'b', path: '/dev/sda', major: 8, minor: 0, fileMode: 0o660, uid: 0, gid: 6 };
const profile: Seccomp = { defaultAction: 'SCMP_ACT_LOG' };
const facts: SpecFacts = {
  id: '0123456789abcdef'.repeat(4),
  hostname: 'machine',
  knownCapabilities: known,
  capabilities: known,
  arch: 'x64',
  kernel: { major: 6, minor: 12 },
  devices: [],
  hostDevices: [disk],
  seccompProfile: undefined,
  ownMounts: [],
};
const image: ExecutionConfig = { Cmd: ['sh'] };
const compile = (options: Partial<RunOptions>, more: Partial<SpecFacts> = {}, config = image): Spec =>
  compileSpec(optionsWith(options), config, { ...facts, ...more });

const map = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
const security = (changes: Partial<RunOptions['securityOpt']>) => ({
  securityOpt: { ...optionsWith({}).securityOpt, ...changes },
});

/** JSON that a person can read: what fits on a line is on one. */
function layOut(value: unknown, indent = ''): string {
  const short = JSON.stringify(value);
  if (typeof value !== 'object' || value === null || short.length + indent.length < 100) return short;
  const inner = `${indent}  `;
  const lines = Array.isArray(value)
    ? value.map((item) => layOut(item, inner))
    : Object.entries(value).map(([key, item]) => `${key}: ${layOut(item, inner)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${lines.map((line) => `${inner}${line}`).join('\n')}\n${indent}${close}`;
}

test('a whole container as the runtime specification has it', () => {
  const spec = compile(
    {
      command: ['-c', 'echo hello'],
      env: ['A=b'],
      memory: 64 * 2 ** 20,
      cpus: 0.5,
      pidsLimit: 32,
      readOnly: true,
      capDrop: ['ALL'],
      capAdd: ['chown'],
      mounts: [{ type: 'bind', source: '/srv', target: '/data', readOnly: true, recursive: true, mustExist: false }],
      ulimits: [{ name: 'nofile', soft: 1024, hard: 2048 }],
      labels: { team: 'a' },
      oomScoreAdj: 500,
    },
    {},
    { Entrypoint: ['/bin/sh'], Env: ['PATH=/bin'], WorkingDir: '/home' },
  );
  const { seccomp, ...linux } = spec.linux;
  expect(seccomp?.defaultAction).toBe('SCMP_ACT_ERRNO');
  expect(layOut({ ...spec, linux })).toMatchInlineSnapshot(`
    "{
      ociVersion: "1.2.0"
      hostname: "0123456789ab"
      root: {"path":"rootfs","readonly":true}
      process: {
        terminal: false
        cwd: "/home"
        args: ["/bin/sh","-c","echo hello"]
        env: ["PATH=/bin","HOSTNAME=0123456789ab","A=b"]
        user: {"uid":0,"gid":0}
        capabilities: {
          bounding: ["CAP_CHOWN"]
          effective: ["CAP_CHOWN"]
          permitted: ["CAP_CHOWN"]
          inheritable: []
          ambient: []
        }
        noNewPrivileges: false
        rlimits: [{"type":"RLIMIT_NOFILE","soft":1024,"hard":2048}]
        oomScoreAdj: 500
      }
      mounts: [
        {"destination":"/proc","type":"proc","source":"proc","options":["nosuid","noexec","nodev"]}
        {
          destination: "/dev"
          type: "tmpfs"
          source: "tmpfs"
          options: ["nosuid","strictatime","mode=755","size=65536k"]
        }
        {
          destination: "/dev/pts"
          type: "devpts"
          source: "devpts"
          options: ["nosuid","noexec","newinstance","ptmxmode=0666","mode=0620","gid=5"]
        }
        {
          destination: "/sys"
          type: "sysfs"
          source: "sysfs"
          options: ["nosuid","noexec","nodev","ro"]
        }
        {
          destination: "/sys/fs/cgroup"
          type: "cgroup"
          source: "cgroup"
          options: ["ro","nosuid","noexec","nodev"]
        }
        {
          destination: "/dev/mqueue"
          type: "mqueue"
          source: "mqueue"
          options: ["nosuid","noexec","nodev"]
        }
        {
          destination: "/dev/shm"
          type: "tmpfs"
          source: "shm"
          options: ["nosuid","noexec","nodev","mode=1777","size=67108864"]
        }
        {"destination":"/data","type":"bind","source":"/srv","options":["rbind","rprivate","ro"]}
      ]
      linux: {
        namespaces: [
          {"type":"mount"}
          {"type":"pid"}
          {"type":"network"}
          {"type":"ipc"}
          {"type":"uts"}
          {"type":"cgroup"}
        ]
        devices: [
          {"type":"c","path":"/dev/null","major":1,"minor":3,"fileMode":438,"uid":0,"gid":0}
          {"type":"c","path":"/dev/zero","major":1,"minor":5,"fileMode":438,"uid":0,"gid":0}
          {"type":"c","path":"/dev/full","major":1,"minor":7,"fileMode":438,"uid":0,"gid":0}
          {"type":"c","path":"/dev/random","major":1,"minor":8,"fileMode":438,"uid":0,"gid":0}
          {"type":"c","path":"/dev/urandom","major":1,"minor":9,"fileMode":438,"uid":0,"gid":0}
          {"type":"c","path":"/dev/tty","major":5,"minor":0,"fileMode":438,"uid":0,"gid":0}
        ]
        resources: {
          devices: [
            {"allow":false,"access":"rwm"}
            {"allow":true,"type":"c","access":"m"}
            {"allow":true,"type":"b","access":"m"}
            {"allow":true,"type":"c","major":1,"minor":3,"access":"rwm"}
            {"allow":true,"type":"c","major":1,"minor":5,"access":"rwm"}
            {"allow":true,"type":"c","major":1,"minor":7,"access":"rwm"}
            {"allow":true,"type":"c","major":1,"minor":8,"access":"rwm"}
            {"allow":true,"type":"c","major":1,"minor":9,"access":"rwm"}
            {"allow":true,"type":"c","major":5,"minor":0,"access":"rwm"}
            {"allow":true,"type":"c","major":5,"minor":1,"access":"rwm"}
            {"allow":true,"type":"c","major":5,"minor":2,"access":"rwm"}
            {"allow":true,"type":"c","major":136,"access":"rwm"}
            {"allow":true,"type":"c","major":10,"minor":200,"access":"rwm"}
          ]
          memory: {"limit":67108864,"swap":134217728}
          cpu: {"quota":50000,"period":100000}
          pids: {"limit":32}
        }
        sysctl: {"net.ipv4.ip_unprivileged_port_start":"0","net.ipv4.ping_group_range":"0 2147483647"}
        maskedPaths: [
          "/proc/acpi"
          "/proc/asound"
          "/proc/interrupts"
          "/proc/kcore"
          "/proc/keys"
          "/proc/latency_stats"
          "/proc/sched_debug"
          "/proc/scsi"
          "/proc/timer_list"
          "/proc/timer_stats"
          "/sys/devices/virtual/powercap"
          "/sys/firmware"
        ]
        readonlyPaths: ["/proc/bus","/proc/fs","/proc/irq","/proc/sys","/proc/sysrq-trigger"]
      }
      annotations: {"team":"a"}
    }"
  `);
});

describe('the host name', () => {
  const cases: [string, Partial<RunOptions>, string][] = [
    ['is the beginning of the id', {}, '0123456789ab'],
    ['is what was asked for', { hostname: 'box' }, 'box'],
    ['is the host’s with the host’s network', { network: 'host' }, 'machine'],
    ['is the host’s with the host’s names', { uts: 'host' }, 'machine'],
    ['is what was asked for, though the network is the host’s', { network: 'host', hostname: 'box' }, 'box'],
  ];
  test.each(cases)('%s', (_, options, expected) => {
    expect(hostnameOf(optionsWith(options), facts)).toBe(expected);
    const spec = compile(options);
    expect(spec.hostname).toBe(expected);
    expect(spec.process.env).toContain(`HOSTNAME=${expected}`);
  });

  test('has a domain beside it only where one was asked for', () => {
    expect(compile({})).not.toHaveProperty('domainname');
    expect(compile({ domainname: 'example' }).domainname).toBe('example');
  });
});

describe('the working directory', () => {
  test.each([
    [undefined, undefined, '/'],
    [undefined, '', '/'],
    [undefined, '/srv', '/srv'],
    ['/mine', '/srv', '/mine'],
  ])('of --workdir %s and the image’s %s is %s', (workdir, theirs, expected) => {
    const config = theirs === undefined ? image : { ...image, WorkingDir: theirs };
    expect(compile(workdir === undefined ? {} : { workdir }, {}, config).process.cwd).toBe(expected);
  });
});

describe('a container with all privileges', () => {
  const { process, linux, mounts } = compile({ privileged: true });

  test('has every capability, and every device', () => {
    expect(process.capabilities?.bounding).toEqual(known);
    expect(linux.devices?.map(({ path }) => path)).toContain('/dev/sda');
    expect(linux.resources?.devices).toEqual([{ allow: true, access: 'rwm' }]);
  });

  test('has nothing hidden, protected or filtered', () => {
    expect(linux).toMatchObject({ maskedPaths: [], readonlyPaths: [] });
    expect(linux).not.toHaveProperty('seccomp');
    expect(mounts.filter(({ options }) => options?.includes('ro'))).toEqual([]);
  });

  test('keeps a filter that was asked for', () => {
    const options = { privileged: true, ...security({ seccomp: { path: 'x' } }) };
    expect(compile(options, { seccompProfile: profile }).linux.seccomp).toBe(profile);
  });

  test('still has namespaces of its own', () => {
    expect(linux.namespaces).toEqual(compile({}).linux.namespaces);
  });
});

describe('security options', () => {
  test('by default hide, protect and filter', () => {
    const { linux, process } = compile({});
    expect(linux.maskedPaths).toContain('/proc/kcore');
    expect(linux.readonlyPaths).toContain('/proc/sysrq-trigger');
    expect(linux.seccomp?.defaultAction).toBe('SCMP_ACT_ERRNO');
    expect(process.noNewPrivileges).toBe(false);
  });

  test('take away what they name and nothing else', () => {
    const unfiltered = compile(security({ seccomp: 'unconfined' })).linux;
    expect(unfiltered).not.toHaveProperty('seccomp');
    expect(unfiltered.maskedPaths).not.toEqual([]);
    const open = compile(security({ systemPathsUnconfined: true })).linux;
    expect(open).toMatchObject({ maskedPaths: [], readonlyPaths: [] });
    expect(open.seccomp).toBeDefined();
    expect(compile(security({ noNewPrivileges: true })).process.noNewPrivileges).toBe(true);
  });

  test('take a profile of the caller’s', () => {
    const options = security({ seccomp: { path: 'x' } });
    expect(compile(options, { seccompProfile: profile }).linux.seccomp).toBe(profile);
  });

  test('allow what a capability that was added needs', () => {
    const allowed = (options: Partial<RunOptions>): boolean =>
      (compile(options).linux.seccomp?.syscalls ?? []).some(({ names }) => names.includes('mount'));
    expect(allowed({})).toBe(false);
    expect(allowed({ capAdd: ['SYS_ADMIN'] })).toBe(true);
  });
});

describe('sysctls', () => {
  const ports = { 'net.ipv4.ip_unprivileged_port_start': '0' };
  const usual = { ...ports, 'net.ipv4.ping_group_range': '0 2147483647' };
  const cases: [string, Partial<RunOptions>, object][] = [
    ['are Docker’s for ports and ping', {}, usual],
    ['are none in the host’s network', { network: 'host' }, {}],
    ['are none in another container’s network, which has its own', { network: { container: 'web' } }, {}],
    ['are what was asked for', { sysctls: { 'kernel.msgmax': '1' } }, { ...usual, 'kernel.msgmax': '1' }],
    [
      'of the caller’s come before Docker’s',
      { sysctls: { 'net.ipv4.ip_unprivileged_port_start': '1024' } },
      { ...usual, 'net.ipv4.ip_unprivileged_port_start': '1024' },
    ],
    ['leave ping alone in a user namespace, which has too few groups', { uidMap: map, gidMap: map }, ports],
  ];
  test.each(cases)('%s', (_, options, expected) => {
    expect(compile(options).linux.sysctl).toEqual(expected);
  });
});

describe('devices', () => {
  test('that were asked for come after the usual ones, with a rule of their own at the end', () => {
    const { linux } = compile({}, { devices: [{ device: disk, access: 'r' }] });
    expect(linux.devices?.map(({ path }) => path)).toEqual([
      '/dev/null',
      '/dev/zero',
      '/dev/full',
      '/dev/random',
      '/dev/urandom',
      '/dev/tty',
      '/dev/sda',
    ]);
    expect(linux.resources?.devices?.[0]).toEqual({ allow: false, access: 'rwm' });
    expect(linux.resources?.devices?.at(-1)).toEqual({ allow: true, type: 'b', major: 8, minor: 0, access: 'r' });
  });

  test('at the same place are one: the caller’s', () => {
    const mine: Device = { type: 'c', path: '/dev/null', major: 1, minor: 5 };
    const devices = compile({}, { devices: [{ device: mine, access: 'rwm' }] }).linux.devices ?? [];
    expect(devices.filter(({ path }) => path === '/dev/null')).toEqual([mine]);
  });

  test('of the host are not given without being asked for', () => {
    expect(compile({}).linux.devices?.map(({ path }) => path)).not.toContain('/dev/sda');
  });
});

test('owners are mapped only in a user namespace', () => {
  expect(compile({}).linux).not.toHaveProperty('uidMappings');
  const { linux } = compile({ uidMap: map, gidMap: map });
  expect(linux).toMatchObject({ uidMappings: map, gidMappings: map });
  expect(linux.namespaces).toContainEqual({ type: 'user' });
});

test('a capability that nobody here has is not given', () => {
  const capabilities = known.filter((name) => name !== 'CAP_BPF');
  expect(() => compile({ capAdd: ['BPF'] }, { capabilities })).toThrow(expect.objectContaining({ code: 'permission' }));
  expect(() => compile({ capAdd: ['NONSENSE'] })).toThrow(expect.objectContaining({ code: 'usage' }));
});

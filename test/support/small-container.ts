// A container made straight from a launch program, below the engine: a root of one layer with busybox in it, a folder for
// its upper directory and a cgroup, all removed again.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { readHierarchy } from '../../src/cgroup/hierarchy.ts';
import * as k from '../../src/kernel/constants.ts';
import { kernel } from '../../src/kernel/index.ts';
import { compileContainer } from '../../src/launch/compile.ts';
import { type Launch, startLaunch } from '../../src/launch/launcher.ts';
import { compileProcess } from '../../src/launch/process.ts';
import type { Phase } from '../../src/launch/program.ts';
import { featuresOf } from '../../src/launch/root.ts';
import type { Spec } from '../../src/spec/types.ts';

const noCapabilities = { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] };

const spec: Spec = {
  ociVersion: '1.2.0',
  hostname: 'small',
  root: { path: 'rootfs' },
  process: { cwd: '/', args: ['true'], env: [], user: { uid: 0, gid: 0 } },
  mounts: [
    { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755', 'size=65536k'] },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['newinstance', 'ptmxmode=0666', 'mode=0620'],
    },
    { destination: '/etc/hosts', type: 'bind', source: '/etc/hosts', options: ['rbind', 'ro'] },
  ],
  linux: {
    namespaces: (['pid', 'network', 'mount', 'ipc', 'uts', 'cgroup'] as const).map((type) => ({ type })),
    devices: [{ type: 'c', path: '/dev/null', major: 1, minor: 3 }],
    sysctl: { 'net.ipv4.ip_unprivileged_port_start': '0' },
    maskedPaths: ['/proc/kcore', '/proc/acpi'],
    readonlyPaths: ['/proc/sys'],
  },
};

export interface SmallContainer extends Disposable {
  readonly phases: readonly [Phase, Phase];
  /** Starts it with these phases, and waits until the shim is gone. Throws what the launch throws. */
  run(phases?: readonly [Phase, Phase]): void;
  /** The processes left of it on the host: none, if all is well. */
  leftovers(): Promise<string[]>;
}

type Five<T> = [T, T, T, T, T];

function processesIn(cgroup: string): string[] {
  if (!existsSync(cgroup)) return [];
  const pids = readFileSync(join(cgroup, 'cgroup.procs'), 'utf8').split('\n');
  return pids.filter((pid) => pid !== '').map((pid) => `process ${pid}`);
}

export function makeSmallContainer(): SmallContainer {
  const folder = mkdtempSync(join(tmpdir(), 'tsdocker-small-'));
  const id = basename(folder);
  for (const name of ['layer/bin', 'layer/etc', 'upper', 'work', 'rootfs'])
    mkdirSync(join(folder, name), { recursive: true });
  copyFileSync('/bin/busybox', join(folder, 'layer/bin/busybox'));
  symlinkSync('busybox', join(folder, 'layer/bin/true'));
  const groups = join(readHierarchy().path, `tsdocker-test-${id}`);
  const first = compileContainer({
    spec,
    root: {
      layers: [join(folder, 'layer')],
      upper: join(folder, 'upper'),
      work: join(folder, 'work'),
      target: join(folder, 'rootfs'),
      bundle: folder,
      inLayerNamespace: false,
      discard: false,
    },
    cgroup: join(groups, id, 'payload'),
    kinds: new Map([
      ['/etc/hosts', 'file'],
      ['/proc/kcore', 'file'],
      ['/proc/acpi', 'directory'],
    ]),
    volumes: [],
    features: featuresOf('6.12'),
    hostCapabilities: 0n,
  });
  const last = compileProcess(
    {
      path: '/bin/true',
      args: ['true'],
      env: [],
      cwd: '/',
      uid: 0,
      gid: 0,
      groups: [0],
      umask: 0o22,
      capabilities: noCapabilities,
      noNewPrivileges: true,
      seccomp: undefined,
      rlimits: [{ type: 'RLIMIT_CORE', soft: 0, hard: 0 }],
      ownStdio: [],
    },
    first.steps.length,
  );

  return {
    phases: [first, last],
    run(phases = [first, last]) {
      for (const name of [`${id}/payload`, `${id}/shim`, 'shims']) mkdirSync(join(groups, name), { recursive: true });
      const places = [folder, join(groups, id, 'payload'), join(groups, id, 'shim'), join(groups, id), groups];
      const folders = places.map((path) => kernel.openat(k.AT_FDCWD, path, k.O_DIRECTORY)) as Five<number>;
      let launch: Launch | undefined;
      try {
        const [bundle, payload, shim, inner, base] = folders;
        const cgroup = { payload, shim, folder: inner, base };
        launch = startLaunch(phases[0], { id, words: [], bundle, cgroup, layers: undefined, users: undefined });
        launch.ready();
        launch.begin(phases[1]);
        launch.finish();
        const memory = new Uint8Array(64);
        while (kernel.read(launch.control, memory) > 0);
        kernel.close(launch.control);
      } finally {
        for (const descriptor of folders) kernel.close(descriptor);
      }
    },
    async leftovers() {
      const processes = () =>
        [`${id}/payload`, `${id}/shim`, 'shims'].flatMap((name) => processesIn(join(groups, name)));
      // A process is out of its cgroup a moment after its last descriptor is closed.
      for (let tries = 0; processes().length > 0 && tries < 200; tries++) await setTimeout(5);
      return processes();
    },
    [Symbol.dispose]() {
      for (const name of [`${id}/payload`, `${id}/shim`, id, 'shims', ''])
        if (existsSync(join(groups, name))) rmdirSync(join(groups, name));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

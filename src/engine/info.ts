// What this host is and what the store holds (`docker info`), under the names that Docker's templates have for it.
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { cpus, hostname, machine, release, totalmem } from 'node:os';
import { chooseDriver } from '../layer/choose-driver.ts';
import { listContainers } from '../store/containers.ts';
import { listImages } from '../store/images.ts';
import type { Store } from '../store/store.ts';
import { type CgroupSupport, cgroupSupport } from './cgroup-support.ts';
import { ownVersion } from './own-version.ts';
import { groupImages } from './remove-image.ts';

export interface SystemInfo extends CgroupSupport {
  readonly Containers: number;
  readonly ContainersRunning: number;
  readonly ContainersPaused: number;
  /** All others, those that are about to be started again too. */
  readonly ContainersStopped: number;
  readonly Images: number;
  /** How the layers of new images are kept: `erofs` or `directory`. */
  readonly Driver: string;
  readonly DriverStatus: readonly (readonly [string, string])[];
  readonly LoggingDriver: string;
  readonly CgroupDriver: string;
  readonly KernelVersion: string;
  readonly OperatingSystem: string;
  readonly OSType: string;
  readonly Architecture: string;
  readonly NCPU: number;
  /** Bytes. */
  readonly MemTotal: number;
  readonly Name: string;
  readonly DockerRootDir: string;
  readonly ServerVersion: string;
  readonly SystemTime: string;
  readonly SecurityOptions: readonly string[];
  /** Containers need no daemon, so that none can take them with it. */
  readonly LiveRestoreEnabled: boolean;
}

export function systemInfo(store: Store): SystemInfo {
  const states = Map.groupBy(listContainers(store), ({ state }) => state.status);
  const count = (status: 'running' | 'paused'): number => states.get(status)?.length ?? 0;
  const all = [...states.values()].reduce((sum, { length }) => sum + length, 0);
  return {
    Containers: all,
    ContainersRunning: count('running'),
    ContainersPaused: count('paused'),
    ContainersStopped: all - count('running') - count('paused'),
    Images: groupImages(listImages(store)).length,
    Driver: chooseDriver(store.paths.layer),
    DriverStatus: [['Backing Filesystem', fileSystemOf(store.paths.layer)]],
    ...cgroupSupport(),
    LoggingDriver: 'json-file',
    CgroupDriver: 'cgroupfs',
    KernelVersion: release(),
    OperatingSystem: operatingSystem(),
    OSType: 'linux',
    Architecture: machine(),
    NCPU: cpus().length,
    MemTotal: totalmem(),
    Name: hostname(),
    DockerRootDir: store.root,
    ServerVersion: ownVersion,
    SystemTime: new Date().toISOString(),
    SecurityOptions: securityOptions(),
    LiveRestoreEnabled: true,
  };
}

/** Numbers of linux/magic.h, by the names that Docker gives them. */
const fileSystems = new Map([
  [0xef53, 'extfs'],
  [0x5846_5342, 'xfs'],
  [0x9123_683e, 'btrfs'],
  [0x794c_7630, 'overlayfs'],
  [0x0102_1994, 'tmpfs'],
  [0x2fc1_2fc1, 'zfs'],
  [0xf2f5_2010, 'f2fs'],
]);

const fileSystemOf = (folder: string): string => fileSystems.get(statfsSync(folder).type) ?? '<unknown>';

/** os-release(5). */
function operatingSystem(): string {
  for (const path of ['/etc/os-release', '/usr/lib/os-release']) {
    try {
      const [, name] = /^PRETTY_NAME=["']?(.*?)["']?$/m.exec(readFileSync(path, 'utf8')) ?? [];
      if (name !== undefined) return name;
    } catch {
      // the other one, or none
    }
  }
  return 'Linux';
}

/** What keeps containers from the host, as Docker writes it. */
function securityOptions(): string[] {
  const options: [path: string, option: string][] = [
    ['/proc/sys/kernel/seccomp/actions_avail', 'name=seccomp,profile=builtin'],
    ['/proc/self/ns/cgroup', 'name=cgroupns'],
  ];
  return options.filter(([path]) => existsSync(path)).map(([, option]) => option);
}

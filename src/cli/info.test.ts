import { expect, test } from 'vitest';
import type { SystemInfo } from '../engine/info.ts';
import { infoText } from './info.ts';

const info: SystemInfo = {
  Containers: 3,
  ContainersRunning: 1,
  ContainersPaused: 0,
  ContainersStopped: 2,
  Images: 4,
  Driver: 'erofs',
  DriverStatus: [['Backing Filesystem', 'extfs']],
  LoggingDriver: 'json-file',
  CgroupDriver: 'cgroupfs',
  CgroupVersion: '2',
  MemoryLimit: true,
  SwapLimit: true,
  CpuCfsPeriod: true,
  CpuCfsQuota: true,
  CPUShares: true,
  CPUSet: true,
  PidsLimit: true,
  BlkioWeight: true,
  Warnings: [],
  KernelVersion: '6.12.0',
  OperatingSystem: 'Debian\u001b[2J',
  OSType: 'linux',
  Architecture: 'x86_64',
  NCPU: 2,
  MemTotal: 8 * 2 ** 30,
  Name: 'host',
  DockerRootDir: '/var/lib/tsdocker',
  ServerVersion: '1.2.3',
  SystemTime: '2026-01-31T09:30:00.000Z',
  SecurityOptions: ['name=seccomp,profile=builtin', 'name=cgroupns'],
  LiveRestoreEnabled: true,
};

test('info is laid out as Docker’s, and what the host’s files say cannot act on the terminal', () => {
  expect(infoText(info, false)).toBe(`Client:
 Version:    1.2.3
 Context:    default
 Debug Mode: false

Server:
 Containers: 3
  Running: 1
  Paused: 0
  Stopped: 2
 Images: 4
 Server Version: 1.2.3
 Storage Driver: erofs
  Backing Filesystem: extfs
 Logging Driver: json-file
 Cgroup Driver: cgroupfs
 Cgroup Version: 2
 Security Options:
  seccomp
   Profile: builtin
  cgroupns
 Kernel Version: 6.12.0
 Operating System: Debian [2J
 OSType: linux
 Architecture: x86_64
 CPUs: 2
 Total Memory: 8GiB
 Name: host
 Docker Root Dir: /var/lib/tsdocker
 Debug Mode: false
 Live Restore Enabled: true

`);
});

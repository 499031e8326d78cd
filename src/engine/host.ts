// What this host is: facts that specs are compiled from. Read from /proc and /dev, without starting anything.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TsdockerError } from '../error.ts';
import { capabilitiesIn, capabilityNames } from '../kernel/capabilities.ts';
import * as k from '../kernel/constants.ts';
import { featuresOf, type KernelFeatures } from '../launch/root.ts';
import type { HostFiles } from '../spec/etc-files.ts';
import type { DeviceOption } from '../spec/run-options.ts';
import type { Device } from '../spec/types.ts';

export interface Host {
  readonly hostname: string;
  readonly kernelRelease: string;
  readonly kernel: { readonly major: number; readonly minor: number };
  readonly features: KernelFeatures;
  /** What the caller has, and may hand on. */
  readonly permitted: bigint;
  readonly capabilities: readonly string[];
  readonly knownCapabilities: readonly string[];
}

export const hostname = (): string => readFileSync('/proc/sys/kernel/hostname', 'utf8').trim();

/** Throws `permission` where the caller is not root, `unsupported` where the kernel is too old. */
export function readHost(): Host {
  const status = readFileSync('/proc/self/status', 'utf8');
  const mask = (name: string): bigint =>
    BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)`, 'm').exec(status)?.[1] ?? 0}`);
  const kernelRelease = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
  const [major = 0, minor = 0] = kernelRelease.split('.').map((part) => Number.parseInt(part, 10));
  return {
    hostname: hostname(),
    kernelRelease,
    kernel: { major, minor },
    features: featuresOf(kernelRelease),
    permitted: mask('CapPrm'),
    capabilities: capabilitiesIn(mask('CapPrm') & mask('CapBnd')),
    knownCapabilities: capabilityNames,
  };
}

/** Throws `permission` unless the caller is root with what making namespaces and mounts takes. */
export function requireRoot({ capabilities }: Host): void {
  if (process.geteuid?.() !== 0) {
    throw new TsdockerError('permission', 'containers need root', { hint: 'put sudo in front of the command' });
  }
  if (!capabilities.includes('CAP_SYS_ADMIN')) {
    throw new TsdockerError('permission', 'this root lacks CAP_SYS_ADMIN, which making containers needs', {
      hint: 'are you inside a container already? start that one with --privileged',
    });
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

export function readHostFiles(): HostFiles {
  return {
    hosts: textOf('/etc/hosts'),
    resolvConf: textOf('/etc/resolv.conf'),
    resolvedConf: textOf('/run/systemd/resolve/resolv.conf'),
  };
}

/** The device node at `path`, to be seen as `target`; undefined for what is none. */
function deviceAt(path: string, target: string): Device | undefined {
  const { mode, rdev, uid, gid } = statSync(path);
  const type = mode & k.S_IFMT;
  if (type !== k.S_IFCHR && type !== k.S_IFBLK) return undefined;
  // dev_t as stat(2) gives it (makedev(3)).
  const major = ((rdev >> 8) & 0xfff) | (Math.floor(rdev / 2 ** 32) & ~0xfff);
  const minor = (rdev & 0xff) | ((rdev >> 12) & 0xfff00);
  return { type: type === k.S_IFBLK ? 'b' : 'c', path: target, major, minor, fileMode: mode & 0o7777, uid, gid };
}

/** What --device names; a folder stands for every device in it. Throws `notFound`, and `usage` for what is no device. */
export function findDevices(options: readonly DeviceOption[]): { device: Device; access: string }[] {
  return options.flatMap(({ path, target, access }) => {
    try {
      const device = deviceAt(path, target);
      if (device !== undefined) return [{ device, access }];
      if (statSync(path).isDirectory()) return devicesUnder(path, target).map((each) => ({ device: each, access }));
    } catch (cause) {
      throw new TsdockerError('notFound', `there is no device ${path} on this host`, { cause });
    }
    throw new TsdockerError('usage', `${path} is not a device`);
  });
}

/** File systems of their own in /dev, which a container gets anew. */
const notDevices = new Set(['pts', 'shm', 'mqueue', 'fd', 'console', '.udev', '.lxc']);

function devicesUnder(folder: string, target: string): Device[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const [path, shown] = [join(folder, entry.name), join(target, entry.name)];
    if (notDevices.has(entry.name)) return [];
    if (entry.isDirectory()) return devicesUnder(path, shown);
    const device = entry.isCharacterDevice() || entry.isBlockDevice() ? deviceAt(path, shown) : undefined;
    return device === undefined ? [] : [device];
  });
}

/** Every device node of the host, for --privileged. */
export const hostDevices = (): Device[] => devicesUnder('/dev', '/dev');

// Capabilities (capabilities(7)): names and bit numbers of linux/capability.h, and the masks that /proc/PID/status and
// capset(2) speak in.
import { TsdockerError } from '../error.ts';

/** The name at index n is that of bit n. Complete up to CAP_LAST_CAP of Linux 7.1. */
export const capabilityNames: readonly string[] = (
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE ' +
  'NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN ' +
  'SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE ' +
  'MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'
)
  .split(' ')
  .map((name) => `CAP_${name}`);

/** CAP_LAST_CAP; a kernel may know fewer: /proc/sys/kernel/cap_last_cap. */
export const lastCapability = capabilityNames.length - 1;

/** The bit number of a capability, for prctl(2) and masks. Throws `usage` for a name that is none. */
export function capabilityBit(name: string): number {
  const number = capabilityNames.indexOf(name);
  if (number < 0) throw new TsdockerError('usage', `there is no capability ${name}`);
  return number;
}

/** One bit a capability. Throws `usage` for a name that is none. */
export function capabilityMask(names: readonly string[]): bigint {
  return names.reduce((mask, name) => mask | (1n << BigInt(capabilityBit(name))), 0n);
}

/** The names of the bits in a mask, in their order; bits of a newer kernel that have no name here are left out. */
export function capabilitiesIn(mask: bigint): string[] {
  return capabilityNames.filter((_, bit) => (mask >> BigInt(bit)) & 1n);
}

/**
 * Which of the wanted capabilities a process cannot give away: those outside its bounding set, a mask as in the line
 * CapBnd of /proc/self/status (proc_pid_status(5)).
 */
export function unavailableCapabilities(wanted: readonly string[], boundingSet: bigint): string[] {
  const available = capabilitiesIn(boundingSet);
  return wanted.filter((name) => !available.includes(name));
}

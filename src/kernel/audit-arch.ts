// The architecture words that the kernel puts into `struct seccomp_data` (linux/audit.h, AUDIT_ARCH_*): the ELF machine
// number, with one bit for 64-bit and one for little-endian. An x32 call is told from an x86_64 one by its number only.
import type { Abi } from './syscalls/index.ts';

const is64Bit = 0x80000000;
const isLittleEndian = 0x40000000;

export const auditArch: Readonly<Record<Abi, number>> = {
  x86_64: 62 + is64Bit + isLittleEndian,
  x32: 62 + is64Bit + isLittleEndian,
  i386: 3 + isLittleEndian,
  aarch64: 183 + is64Bit + isLittleEndian,
  arm: 40 + isLittleEndian,
};

// The seccomp profile of a container that asks for none (config-linux.md, "Seccomp"): what is listed is allowed, all
// else gets EPERM. It depends on the container's bounding capabilities, the architecture and the kernel's age.
import { always, byArchitecture, byCapability, tracing } from './default-seccomp-calls.ts';
import type { Seccomp, SeccompArg, SeccompRule } from './types.ts';

export interface SeccompSubject {
  /** The bounding set, names as capabilities(7) spells them. */
  readonly capabilities: readonly string[];
  /** As `process.arch`. */
  readonly arch: string;
  readonly kernel: { readonly major: number; readonly minor: number };
}

const noSuchCall = 38; // ENOSYS
const permitted = 1; // EPERM

/** clone(2): CLONE_NEWNS, CGROUP, UTS, IPC, USER, PID and NET. */
const newNamespaces = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000;

/** socket(2): the kernel's cryptography, and the hypervisor's sockets. */
const kernelCryptography = 38; // AF_ALG
const hypervisorSockets = 40; // AF_VSOCK

/** personality(2): PER_LINUX, UNAME26, PER_LINUX32, both, and the question which one it is. */
const harmlessPersonalities = [0x0, 0x20000, 0x8, 0x20008, 0xffffffff];

/** The foreign ABIs that the kernel also runs; each has calls of its own to be filtered. */
const architectures: Readonly<Record<string, readonly string[]>> = {
  x64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  arm64: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
};

/** Allows `name` where its first argument compares as told. */
function allowWhere(name: string, op: SeccompArg['op'], value: number, valueTwo?: number): SeccompRule {
  const arg = { index: 0, value, op, ...(valueTwo === undefined ? {} : { valueTwo }) };
  return { names: [name], action: 'SCMP_ACT_ALLOW', args: [arg] };
}

let last: { readonly key: string; readonly profile: Seccomp } | undefined;

/** The profile as it stands in a bundle's config.json. Pure; the same one for the same subject, so that it is compiled only once. */
export function defaultSeccomp(subject: SeccompSubject): Seccomp {
  const { capabilities, arch, kernel } = subject;
  const key = `${arch} ${kernel.major}.${kernel.minor} ${capabilities.join(' ')}`;
  if (last?.key !== key) last = { key, profile: makeProfile(subject) };
  return last.profile;
}

function makeProfile({ capabilities, arch, kernel }: SeccompSubject): Seccomp {
  let names = always;
  if (kernel.major > 4 || (kernel.major === 4 && kernel.minor >= 8)) names += ` ${tracing}`;
  for (const more of [byArchitecture[arch], ...capabilities.map((capability) => byCapability[capability])]) {
    if (more !== undefined) names += ` ${more}`;
  }

  const syscalls: SeccompRule[] = [
    { names: names.split(' '), action: 'SCMP_ACT_ALLOW' },
    allowWhere('socket', 'SCMP_CMP_LT', kernelCryptography),
    allowWhere('socket', 'SCMP_CMP_EQ', kernelCryptography + 1),
    allowWhere('socket', 'SCMP_CMP_GT', hypervisorSockets),
    ...harmlessPersonalities.map((one) => allowWhere('personality', 'SCMP_CMP_EQ', one)),
  ];
  if (!capabilities.includes('CAP_SYS_ADMIN')) {
    syscalls.push(allowWhere('clone', 'SCMP_CMP_MASKED_EQ', newNamespaces, 0));
    // Its flags lie in memory, out of a filter's reach. ENOSYS makes a C library fall back on clone.
    syscalls.push({ names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: noSuchCall });
  }
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: permitted,
    architectures: architectures[arch] ?? [],
    syscalls,
  };
}

// Device rules at work: loads the eBPF program that devices.ts compiled and attaches it to a cgroup, where the kernel asks
// it about every device that a process opens or makes. Needs no controller and so works on a hybrid host as well.
// bpf(2); union bpf_attr in linux/bpf.h. Since Linux 5.11 the program counts as the cgroup's memory, not against RLIMIT_MEMLOCK.
import { TsdockerError } from '../error.ts';
import { native } from '../kernel/ffi.ts';
import { describeErrno, failedWith, KernelError, kernel } from '../kernel/index.ts';
import { cString } from '../kernel/invoke.ts';
import { structure } from '../kernel/memory.ts';

const BPF_PROG_LOAD = 5;
const BPF_PROG_ATTACH = 8;
const BPF_PROG_TYPE_CGROUP_DEVICE = 15;
const BPF_CGROUP_DEVICE = 6;
/** Programs of the cgroups above stay in force: a device must be allowed by all. */
const BPF_F_ALLOW_MULTI = 2;
const instructionSize = 8;
const mostTries = 100;
/** The kernel's for a program that may use every helper; ours uses none. Held here, as the kernel gets its address. */
const license = cString('GPL');
const programName = new TextEncoder().encode('tsdocker_device\0');

/**
 * From here on the processes of the cgroup reach only the devices that `program` (eBPF instructions) allows. What is open
 * already stays open. The kernel frees the program with the cgroup.
 * Throws `permission` without the capabilities, `kernel` where the verifier refuses the program.
 */
export function attachDevices(cgroup: number, program: Uint8Array): void {
  try {
    const descriptor = load(program);
    try {
      const attributes = structure([4, cgroup], [4, descriptor], [4, BPF_CGROUP_DEVICE], [4, BPF_F_ALLOW_MULTI]);
      kernel.bpf(BPF_PROG_ATTACH, attributes);
    } finally {
      kernel.close(descriptor);
    }
  } catch (cause) {
    if (!(cause instanceof KernelError)) throw cause;
    const denied = failedWith(cause, 'EPERM');
    throw new TsdockerError(
      denied ? 'permission' : 'kernel',
      `cannot set the device rules: ${describeErrno(cause.errno)}`,
      {
        cause,
        ...(denied && { hint: 'they need the capabilities CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN' }),
      },
    );
  }
}

/** The program's descriptor, which is the caller's. */
function load(program: Uint8Array): number {
  // The verifier gives up with EAGAIN when a signal is pending (bpf_check in kernel/bpf/verifier.c), and any thread's may be.
  for (let tries = 1; ; tries++) {
    try {
      return kernel.bpf(BPF_PROG_LOAD, loadAttributes(program));
    } catch (error) {
      if (!failedWith(error, 'EAGAIN') || tries === mostTries) throw error;
    }
  }
}

/** Good for one call. */
function loadAttributes(program: Uint8Array): Uint8Array {
  const { addressOf } = native();
  return structure(
    [4, BPF_PROG_TYPE_CGROUP_DEVICE],
    [4, program.byteLength / instructionSize],
    [8, addressOf(program)],
    [8, addressOf(license)],
    [4, 0], // log_level
    [4, 0], // log_size
    [8, 0], // log_buf
    [4, 0], // kern_version
    [4, 0], // prog_flags
    ...[...programName].map((byte) => [1, byte] as const),
    [4, 0], // prog_ifindex
    [4, BPF_CGROUP_DEVICE], // expected_attach_type
  );
}

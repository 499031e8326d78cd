// The second phase: gives up what the container's process must not have, and becomes the command (config.md, "Process").
// The order is the point: each step takes away what an earlier one still needed.
import { TsdockerError } from '../error.ts';
import { capabilityBit, capabilityMask, capabilityNames } from '../kernel/capabilities.ts';
import * as k from '../kernel/constants.ts';
import type { Capabilities, Rlimit, Seccomp } from '../spec/types.ts';
import { capabilityMemory } from './capability-memory.ts';
import { octal } from './paths.ts';
import { memory, named, type Phase, ProgramBuilder, strings } from './program.ts';
import { compileSeccomp, type SeccompFilter } from './seccomp/compile.ts';

/** What the process is to be, after names were looked up in the container's own root. */
export interface ResolvedProcess {
  /** The file to execute, as a path in the container. */
  readonly path: string;
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly umask: number;
  readonly capabilities: Capabilities;
  readonly noNewPrivileges: boolean;
  readonly seccomp: Seccomp | undefined;
  readonly rlimits: readonly Rlimit[];
  /** Which of stdin, stdout and stderr are the container's own, to be given to its user. */
  readonly ownStdio: readonly (0 | 1 | 2)[];
}

/** In the order of their numbers (asm-generic/resource.h). */
const rlimits = [
  'RLIMIT_CPU',
  'RLIMIT_FSIZE',
  'RLIMIT_DATA',
  'RLIMIT_STACK',
  'RLIMIT_CORE',
  'RLIMIT_RSS',
  'RLIMIT_NPROC',
  'RLIMIT_NOFILE',
  'RLIMIT_MEMLOCK',
  'RLIMIT_AS',
  'RLIMIT_LOCKS',
  'RLIMIT_SIGPENDING',
  'RLIMIT_MSGQUEUE',
  'RLIMIT_NICE',
  'RLIMIT_RTPRIO',
  'RLIMIT_RTTIME',
];
const rlimitNumber: ReadonlyMap<string, number> = new Map(rlimits.map((name, number) => [name, number]));

/** The last descriptor that stays until the command executes: 3 is the launch socket, 4 tells the shim how it went. */
const lastKept = 4;

export function compileProcess(process: ResolvedProcess, first: number): Phase {
  const program = new ProgramBuilder(first);
  program.group('descriptors');
  if (process.uid !== 0) {
    for (const descriptor of process.ownStdio) {
      program.call(`giving the user descriptor ${descriptor}`, 'fchown', [descriptor, process.uid, named('-1', -1)], {
        accepted: ['EPERM', 'EROFS', 'EINVAL'],
      });
    }
  }
  // Before chdir: a working directory of /proc/self/fd/7 must not lead to a folder of the host (CVE-2024-21626).
  program.call('closing every other descriptor', 'close_range', [lastKept + 1, named('~0U', 0xffffffff), 0]);

  program.group('resource limits');
  for (const { type, soft, hard } of process.rlimits) {
    const resource = rlimitNumber.get(type);
    if (resource === undefined) throw new TsdockerError('usage', `the resource limit ${type} is not known`);
    const limit = memory(`{soft=${soft}, hard=${hard}}`, [8, rlimitWord(soft)], [8, rlimitWord(hard)]);
    program.call(`setting ${type}`, 'prlimit64', [0, named(type, resource), limit, 0]);
  }

  // Loading a filter needs CAP_SYS_ADMIN or no_new_privs (seccomp(2)): without the latter it comes before the capabilities go.
  if (!process.noNewPrivileges) loadSeccomp(program, process.seccomp);
  dropPrivileges(program, process);
  program.group('working directory');
  program.call(`changing to the working directory ${process.cwd}`, 'chdir', [process.cwd]);
  program.call('setting the umask', 'umask', [named(octal(process.umask), process.umask)]);
  if (process.noNewPrivileges) {
    program.group('no new privileges');
    program.call('renouncing new privileges', 'prctl', [
      named('PR_SET_NO_NEW_PRIVS', k.PR_SET_NO_NEW_PRIVS),
      1,
      0,
      0,
      0,
    ]);
    loadSeccomp(program, process.seccomp);
  }
  program.group('command');
  program.call(`executing ${process.path}`, 'execve', [process.path, strings(process.args), strings(process.env)]);
  return program.end();
}

const rlimitWord = (limit: number): bigint => (limit >= 2 ** 63 || limit < 0 ? 2n ** 64n - 1n : BigInt(limit));

function dropPrivileges(program: ProgramBuilder, process: ResolvedProcess): void {
  const { bounding, ambient } = process.capabilities;
  program.group('user and capabilities');
  for (const [bit, name] of capabilityNames.entries()) {
    if (bounding.includes(name)) continue;
    // EINVAL: an older kernel, which does not know the newest ones.
    program.call(
      `taking ${name} out of the bounding set`,
      'prctl',
      [named('PR_CAPBSET_DROP', k.PR_CAPBSET_DROP), named(name, bit), 0, 0, 0],
      { accepted: ['EINVAL'] },
    );
  }
  program.call('keeping capabilities over the change of user', 'prctl', [
    named('PR_SET_KEEPCAPS', k.PR_SET_KEEPCAPS),
    1,
    0,
    0,
    0,
  ]);
  const groups = memory(`[${process.groups.join(', ')}]`, ...process.groups.map((gid) => [4, gid] as const), [4, 0]);
  program.call('setting the supplementary groups', 'setgroups', [process.groups.length, groups]);
  program.call(`becoming group ${process.gid}`, 'setresgid', [process.gid, process.gid, process.gid]);
  program.call(`becoming user ${process.uid}`, 'setresuid', [process.uid, process.uid, process.uid]);
  const { header, sets } = capabilityMemory({
    effective: capabilityMask(process.capabilities.effective),
    permitted: capabilityMask(process.capabilities.permitted),
    inheritable: capabilityMask(process.capabilities.inheritable),
  });
  program.call('setting the capabilities', 'capset', [header, sets]);
  program.call('clearing the ambient set', 'prctl', [
    named('PR_CAP_AMBIENT', k.PR_CAP_AMBIENT),
    named('PR_CAP_AMBIENT_CLEAR_ALL', k.PR_CAP_AMBIENT_CLEAR_ALL),
    0,
    0,
    0,
  ]);
  for (const name of ambient) {
    program.call(`raising ${name} in the ambient set`, 'prctl', [
      named('PR_CAP_AMBIENT', k.PR_CAP_AMBIENT),
      named('PR_CAP_AMBIENT_RAISE', k.PR_CAP_AMBIENT_RAISE),
      named(name, capabilityBit(name)),
      0,
      0,
    ]);
  }
  // After the change of user, which would forget it (PR_SET_PDEATHSIG(2const)).
  program.call('dying with the shim', 'prctl', [
    named('PR_SET_PDEATHSIG', k.PR_SET_PDEATHSIG),
    named('SIGKILL', k.SIGKILL),
    0,
    0,
    0,
  ]);
}

const filters = new WeakMap<Seccomp, SeccompFilter>();

/** The compiled filter of a profile. Compiled once: a launch does so early, while the kernel makes the container's world. */
export function filterOf(seccomp: Seccomp): SeccompFilter {
  const known = filters.get(seccomp);
  if (known !== undefined) return known;
  const filter = compileSeccomp(seccomp, { arch: process.arch });
  filters.set(seccomp, filter);
  return filter;
}

function loadSeccomp(program: ProgramBuilder, seccomp: Seccomp | undefined): void {
  if (seccomp === undefined) return;
  program.group('system call filter');
  const { filter, flags } = filterOf(seccomp);
  const instructions = filter.byteLength / 8;
  const code = memory(`[${instructions} instructions]`, filter);
  // struct sock_fprog: a count of 16 bits, padding, a pointer.
  const fprog = memory(`{len=${instructions}, filter=[…]}`, [2, instructions], [2, 0], [4, 0], code);
  program.call('loading the system call filter', 'seccomp', [
    named('SECCOMP_SET_MODE_FILTER', k.SECCOMP_SET_MODE_FILTER),
    flags,
    fprog,
  ]);
}

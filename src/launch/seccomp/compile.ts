// The seccomp filter of a container: from the OCI `linux.seccomp` (config-linux.md, "Seccomp") to classic BPF, with the
// verdicts that runc and libseccomp come to. Numbers that share a verdict are one range, and the filter finds the range
// by halving, so that a call costs a handful of instructions whatever the length of the profile.
import { TsdockerError } from '../../error.ts';
import { auditArch } from '../../kernel/audit-arch.ts';
import { type Abi, nativeAbi, x32Bit } from '../../kernel/syscalls/index.ts';
import type { Seccomp } from '../../spec/types.ts';
import { killThread, letsThrough } from './actions.ts';
import { Assembler, op } from './assembler.ts';
import { compileCondition } from './conditions.ts';
import { addAbi, Ranges } from './ranges.ts';
import { type Alternative, Rules } from './verdicts.ts';

/** What seccomp(2) takes for SECCOMP_SET_MODE_FILTER. */
export interface SeccompFilter {
  /** An array of `struct sock_filter`, 8 bytes each, little-endian. */
  readonly filter: Uint8Array;
  /** SECCOMP_FILTER_FLAG_* bits. */
  readonly flags: number;
}

const callNumberAt = 0; // offsetof(struct seccomp_data, nr)
const architectureAt = 4; // offsetof(struct seccomp_data, arch)

const specAllow = 1 << 2; // SECCOMP_FILTER_FLAG_SPEC_ALLOW
const flagBits: Readonly<Record<string, number>> = {
  SECCOMP_FILTER_FLAG_LOG: 1 << 1,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: specAllow,
  // Only one thread exists when the filter is set, and nobody listens for notifications: both mean nothing here.
  SECCOMP_FILTER_FLAG_TSYNC: 0,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: 0,
};

/**
 * Compiles a profile for the machine `arch` (as `process.arch`). Pure. Unknown system call names are skipped; a call
 * from an architecture that the profile does not list kills the thread, as in libseccomp.
 * Throws `usage` where the profile makes no sense, `unsupported` where it is too long for the kernel.
 */
export function compileSeccomp(seccomp: Seccomp, options: { readonly arch: string }): SeccompFilter {
  const native = nativeAbi(options.arch);
  const architectures = checkArchitectures(seccomp);
  const rules = new Rules(seccomp);
  const { defaultAction } = rules;
  const strict = !letsThrough(seccomp.defaultAction);

  const ranges = new Ranges();
  addAbi(ranges, native, rules, strict);
  if (native === 'x86_64') {
    if (architectures.includes('SCMP_ARCH_X32')) addAbi(ranges, 'x32', rules, strict);
    else refuseX32(ranges, defaultAction);
  }

  const to = new Assembler();
  let otherwise = to.answer(killThread);
  const foreign = native === 'x86_64' ? 'i386' : 'arm';
  if (architectures.includes(foreign === 'i386' ? 'SCMP_ARCH_X86' : 'SCMP_ARCH_ARM')) {
    const foreignRanges = new Ranges();
    addAbi(foreignRanges, foreign, rules, strict);
    otherwise = assembleArch(to, foreign, foreignRanges, defaultAction, otherwise);
  }
  assembleArch(to, native, ranges, defaultAction, otherwise);
  to.emit(op.load, architectureAt);
  return { filter: to.finish(), flags: encodeFlags(seccomp) };
}

function refuseX32(ranges: Ranges, defaultAction: number): void {
  ranges.add(x32Bit, killThread, false);
  // −1 is the number by which a tracer skips a call: seccomp(2), "SECCOMP_RET_TRACE".
  ranges.add(0xffffffff, defaultAction, false);
}

/** Puts the check for one architecture before what is assembled, with the search through its calls; gives its place. */
function assembleArch(to: Assembler, abi: Abi, ranges: Ranges, defaultAction: number, otherwise: number): number {
  to.goOnAt(assembleSearch(to, ranges, defaultAction, 0, ranges.starts.length));
  const search = to.emit(op.load, callNumberAt);
  return to.branch(op.jumpEqual, auditArch[abi], search, otherwise);
}

/** Assembles the search through the ranges from `from` to before `to`; gives where it begins. */
function assembleSearch(to: Assembler, ranges: Ranges, defaultAction: number, from: number, before: number): number {
  if (before - from === 1) {
    const verdict = ranges.verdicts[from]!;
    if (typeof verdict === 'number') return to.answer(verdict);
    return assembleAlternatives(to, verdict, defaultAction, ranges.wide[from]!);
  }
  const middle = (from + before) >> 1;
  const upper = assembleSearch(to, ranges, defaultAction, middle, before);
  const lower = assembleSearch(to, ranges, defaultAction, from, middle);
  return to.branch(op.jumpAboveOrEqual, ranges.starts[middle]!, upper, lower);
}

/** Assembles what looks at arguments, from the last condition of the last alternative to the first. */
function assembleAlternatives(to: Assembler, all: readonly Alternative[], defaultAction: number, wide: boolean) {
  let next = to.answer(defaultAction);
  for (const { action, conditions } of all.toReversed()) {
    let place = to.answer(action);
    for (const condition of conditions.toReversed()) place = compileCondition(to, condition, wide, place, next);
    next = place;
  }
  return next;
}

/** Architectures that this machine cannot run are fine: their calls never reach a filter of ours. */
function checkArchitectures({ architectures = [] }: Seccomp): readonly string[] {
  const wrong = architectures.find((name) => !name.startsWith('SCMP_ARCH_'));
  if (wrong !== undefined) throw new TsdockerError('usage', `the seccomp architecture ${wrong} is not known`);
  return architectures;
}

function encodeFlags(seccomp: Seccomp): number {
  if (seccomp.flags === undefined) return specAllow; // as runc: no mitigation that nobody asked for
  let flags = 0;
  for (const name of seccomp.flags) {
    const bit = flagBits[name];
    if (bit === undefined) throw new TsdockerError('usage', `the seccomp flag ${name} is not known`);
    flags |= bit;
  }
  return flags;
}

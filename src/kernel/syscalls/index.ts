// System call numbers by name, for the two architectures we run on and the foreign ABIs their kernels also speak
// (syscall(2), "Architecture calling conventions"). A table is a string, taken apart when it is first asked for: a
// line is a number and the names of the calls from that number on.
import { TsdockerError } from '../../error.ts';
import { table as aarch64 } from './aarch64.ts';
import { table as arm } from './arm.ts';
import { table as i386 } from './i386.ts';
import { table as x32 } from './x32.ts';
import { table as x8664 } from './x86-64.ts';

export type Abi = 'x86_64' | 'i386' | 'x32' | 'aarch64' | 'arm';

/** What every x32 call number carries besides the number of the table (asm/unistd.h, __X32_SYSCALL_BIT). */
export const x32Bit = 0x40000000;

const texts: Readonly<Record<Abi, string>> = { x86_64: x8664, i386, x32, aarch64, arm };
const parsed: Partial<Record<Abi, ReadonlyMap<string, number>>> = {};

/** Calls whose numbers follow each other: `words[0]` is a number, `words[1]` the name of the call with that number. */
export type SyscallRun = readonly string[];

/**
 * The calls of an ABI, numbers ascending. The numbers of `x32` come without `x32Bit`. In this raw form because the
 * seccomp compiler needs three tables at each container's start, where even a loop over all names is felt.
 */
export function syscallRuns(abi: Abi): readonly SyscallRun[] {
  return texts[abi].split('\n').map((line) => line.split(' '));
}

/** All calls of an ABI by name. The numbers of `x32` come without `x32Bit`. */
export function syscallNumbers(abi: Abi): ReadonlyMap<string, number> {
  const known = parsed[abi];
  if (known !== undefined) return known;
  const numbers = new Map<string, number>();
  for (const run of syscallRuns(abi)) {
    const before = Number(run[0]) - 1;
    for (let at = 1; at < run.length; at++) numbers.set(run[at]!, before + at);
  }
  parsed[abi] = numbers;
  return numbers;
}

/** The ABI that a 64-bit program uses on `arch`, spelled as `process.arch`. Throws `unsupported` for any but two. */
export function nativeAbi(arch: string = process.arch): 'x86_64' | 'aarch64' {
  if (arch === 'x64') return 'x86_64';
  if (arch === 'arm64') return 'aarch64';
  throw new TsdockerError('unsupported', `the architecture ${arch} is not supported`, {
    hint: 'tsdocker runs on x86_64 and aarch64',
  });
}

/** The number of one call on `arch`. Throws `unsupported` where the architecture has no such call. */
export function syscallNumber(name: string, arch: string = process.arch): number {
  const number = syscallNumbers(nativeAbi(arch)).get(name);
  if (number === undefined) throw new TsdockerError('unsupported', `there is no system call ${name} on ${arch}`);
  return number;
}

/** The name of a call by its number, for messages. */
export function syscallName(number: number, abi: Abi = nativeAbi()): string | undefined {
  for (const [name, candidate] of syscallNumbers(abi)) if (candidate === number) return name;
  return undefined;
}

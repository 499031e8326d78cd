// The system calls on which two seccomp filters are compared: every number of every ABI, with the arguments at which a
// condition could turn.
import { auditArch } from '../../src/kernel/audit-arch.ts';
import { syscallNumbers, x32Bit } from '../../src/kernel/syscalls/index.ts';
import type { Seccomp } from '../../src/spec/types.ts';
import type { SeccompData } from './bpf.ts';

const numbers = Array.from({ length: 1024 }, (_, number) => number);

/** Numbers of each kind of call that a kernel of `arch` can be asked for, those of no ABI included. */
export function callNumbers(arch: 'x64' | 'arm64'): readonly { readonly arch: number; readonly nr: number }[] {
  if (arch === 'arm64') {
    const privateCalls = Array.from({ length: 16 }, (_, offset) => 0xf0000 + offset);
    return [
      ...[...numbers, 0xffffffff].map((nr) => ({ arch: auditArch.aarch64, nr })),
      ...[...numbers, ...privateCalls, 0xffffffff].map((nr) => ({ arch: auditArch.arm, nr })),
      { arch: auditArch.x86_64, nr: 0 },
    ];
  }
  const odd = [0x3fffffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
  return [
    ...[...numbers, ...odd].map((nr) => ({ arch: auditArch.x86_64, nr })),
    ...numbers.map((number) => ({ arch: auditArch.x86_64, nr: x32Bit + number })),
    ...[...numbers, ...odd].map((nr) => ({ arch: auditArch.i386, nr })),
    { arch: auditArch.aarch64, nr: 0 },
    { arch: 0, nr: 0 },
  ];
}

/** Values around each constant of a profile, by argument; the high words are tried with and without a bit. */
export function interestingArguments(profile: Seccomp): readonly (readonly bigint[])[] {
  const values: Set<bigint>[] = Array.from({ length: 6 }, () => new Set([0n, 1n, 0xffffffffn, 2n ** 64n - 1n]));
  for (const { index, value, valueTwo = 0 } of (profile.syscalls ?? []).flatMap(({ args = [] }) => args)) {
    for (const constant of [BigInt(value), BigInt(valueTwo), BigInt(value) | BigInt(valueTwo)]) {
      for (const near of [constant - 1n, constant, constant + 1n, constant + 2n ** 32n, constant ^ (1n << 31n)]) {
        if (near >= 0n) values[index]!.add(BigInt.asUintN(64, near));
      }
    }
    for (let bit = 0n; bit < 64n; bit += 1n) values[index]!.add(1n << bit);
  }
  const sets: bigint[][] = [];
  for (const [index, choices] of values.entries()) {
    for (const value of choices) sets.push(Array.from({ length: 6 }, (_, at) => (at === index ? value : 0n)));
  }
  // All arguments at once, so that rules with several conditions are met.
  const longest = Math.max(...values.map((choices) => choices.size));
  const lists = values.map((choices) => [...choices]);
  for (let at = 0; at < longest; at++) sets.push(lists.map((list) => list[at % list.length]!));
  return sets;
}

/** Numbers of calls on which the profile has a condition, on any ABI; a rule may also reach through i386's two doors. */
function conditionalNumbers(profile: Seccomp): ReadonlySet<number> {
  const names = (profile.syscalls ?? []).filter(({ args = [] }) => args.length > 0).flatMap((rule) => rule.names);
  const tables = (['x86_64', 'i386', 'x32', 'aarch64', 'arm'] as const).map(syscallNumbers);
  return new Set([...names, 'socketcall', 'ipc'].flatMap((name) => tables.map((table) => table.get(name) ?? -1)));
}

/** Every call: with all sets of arguments that matter where the profile has a condition, else with two. */
export function* callsToCompare(arch: 'x64' | 'arm64', profile: Seccomp): Generator<SeccompData> {
  const sets = interestingArguments(profile);
  const conditional = conditionalNumbers(profile);
  for (const call of callNumbers(arch)) {
    const relevant = conditional.has(call.nr & ~x32Bit) ? sets : [sets[0]!, sets.at(-1)!];
    for (const args of relevant) yield { ...call, args };
  }
}

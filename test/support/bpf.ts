// A classic BPF machine for seccomp filters: checks a program as the kernel does when it is set (kernel/seccomp.c,
// seccomp_check_filter; net/core/filter.c, bpf_check_classic) and runs it on one call.

export interface SeccompData {
  readonly nr: number;
  readonly arch: number;
  readonly args?: readonly bigint[];
}

export interface Outcome {
  /** The return word, for example 0x7fff0000 for SECCOMP_RET_ALLOW. */
  readonly verdict: number;
  /** How many instructions were run. */
  readonly steps: number;
}

interface Instruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

type Compare = (a: number, k: number) => boolean;
const comparisons: Readonly<Record<number, Compare>> = {
  21: (a, k) => a === k,
  37: (a, k) => a > k,
  53: (a, k) => a >= k,
  69: (a, k) => (a & k) !== 0,
};
const load = 0x20;
const and = 0x54;
const jump = 0x05;
const answer = 0x06;

/** Takes a filter apart. Throws where the kernel would refuse it. */
export function parseFilter(filter: Uint8Array): readonly Instruction[] {
  const view = new DataView(filter.buffer, filter.byteOffset, filter.byteLength);
  const length = filter.byteLength / 8;
  if (!Number.isInteger(length) || length === 0 || length > 4096) throw new Error(`a filter of ${length} instructions`);
  const program = Array.from({ length }, (_, at) => ({
    code: view.getUint16(8 * at, true),
    jt: view.getUint8(8 * at + 2),
    jf: view.getUint8(8 * at + 3),
    k: view.getUint32(8 * at + 4, true),
  }));
  for (const [at, { code, jt, jf, k }] of program.entries()) {
    const last = length - 1;
    const fine =
      code === load
        ? k % 4 === 0 && k < 64
        : code === jump
          ? at + 1 + k <= last
          : code in comparisons
            ? at + 1 + Math.max(jt, jf) <= last
            : code === and || code === answer;
    if (!fine) throw new Error(`instruction ${at} is not one: ${JSON.stringify({ code, jt, jf, k })}`);
  }
  if (program.at(-1)!.code !== answer) throw new Error('the filter does not end with an answer');
  return program;
}

/** Runs a filter on one system call. */
export function runFilter(program: readonly Instruction[], { nr, arch, args = [] }: SeccompData): Outcome {
  const words = [nr >>> 0, arch >>> 0, 0, 0];
  for (let index = 0; index < 6; index++) {
    const value = BigInt.asUintN(64, args[index] ?? 0n);
    words.push(Number(value & 0xffffffffn), Number(value >> 32n));
  }
  let accumulator = 0;
  for (let at = 0, steps = 1; ; at++, steps++) {
    const { code, jt, jf, k } = program[at]!;
    if (code === answer) return { verdict: k, steps };
    if (code === load) accumulator = words[k / 4]!;
    else if (code === and) accumulator = (accumulator & k) >>> 0;
    else if (code === jump) at += k;
    else at += comparisons[code]!(accumulator, k) ? jt : jf;
  }
}

/** A verdict as a person reads it. */
export function nameVerdict(verdict: number): string {
  const data = verdict & 0xffff;
  const names: Readonly<Record<number, string>> = {
    2147483648: 'kill process',
    0: 'kill thread',
    196608: 'trap',
    327680: `errno ${data}`,
    2146435072: `trace ${data}`,
    2147221504: 'log',
    2147418112: 'allow',
  };
  return names[(verdict & 0xffff0000) >>> 0] ?? `unknown ${verdict.toString(16)}`;
}

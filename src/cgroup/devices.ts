// Device rules (config-linux.md, "Allowed Device list") as an eBPF program of the type BPF_PROG_TYPE_CGROUP_DEVICE: cgroup
// v2 has no file for them. The kernel runs it at each open and mknod of a device (linux/bpf.h, struct
// bpf_cgroup_dev_ctx); attach-devices.ts loads it. Pure.
import { TsdockerError } from '../error.ts';
import type { DeviceRule } from '../spec/types.ts';

/** BPF_DEVCG_ACC_*. */
const accessBits: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 };
const anyAccess = 7;
/** BPF_DEVCG_DEV_*. */
const typeNumbers = { b: 1, c: 2 } as const;

/** Operations of struct bpf_insn, on 32 bits: a class, a source (K or X) and what it does. */
const op = {
  loadWord: 0x61, // BPF_LDX | BPF_MEM | BPF_W
  and: 0x54,
  shiftRight: 0x74,
  set: 0xb4,
  copy: 0xbc,
  jump: 0x05,
  jumpNotEqual: 0x56, // BPF_JMP32, as the next
  jumpAnyBit: 0x46,
  exit: 0x95,
} as const;

/** Registers: the answer, the context, and what is unpacked from the context. */
const [answer, context, type, access, major, minor] = [0, 1, 2, 3, 4, 5];

type Instruction = readonly [code: number, destination: number, source: number, offset: number, immediate: number];

/** A rule is eight instructions at most, so that the program stays below BPF_MAXINSNS, 4096. */
const mostRules = 500;

/**
 * Compiles rules into eBPF instructions, 8 bytes each, little-endian. The last rule that fits decides, for reading, writing
 * and making each on its own: opening for both needs both. What no rule fits is denied.
 * Throws `usage` for a rule that makes no sense.
 */
export function compileDevices(rules: readonly DeviceRule[]): Uint8Array {
  if (rules.length > mostRules) {
    throw new TsdockerError('usage', `${rules.length} device rules are too many`, { hint: `at most ${mostRules}` });
  }
  const program: Instruction[] = [
    // access_type is the kind of access in the upper half and the type of device in the lower.
    [op.loadWord, type, context, 0, 0],
    [op.copy, access, type, 0, 0],
    [op.and, type, 0, 0, 0xffff],
    [op.shiftRight, access, 0, 0, 16],
    [op.loadWord, major, context, 4, 0],
    [op.loadWord, minor, context, 8, 0],
  ];
  // The last rule comes first, and takes what it decides out of what is still asked for. A rule that fits everything makes
  // the ones before it unreachable, which the kernel's verifier refuses.
  for (const rule of rules.toReversed()) {
    const { instructions, fitsAll } = compileRule(rule);
    program.push(...instructions);
    if (fitsAll) return encode(program);
  }
  return encode([...program, ...answers(false)]);
}

const answers = (allowed: boolean): Instruction[] => [
  [op.set, answer!, 0, 0, allowed ? 1 : 0],
  [op.exit, 0, 0, 0, 0],
];

function compileRule(rule: DeviceRule): { instructions: Instruction[]; fitsAll: boolean } {
  const bits = accessOf(rule);
  const body: Instruction[] = [];
  if (bits !== anyAccess && rule.allow) {
    body.push([op.and, access!, 0, 0, anyAccess & ~bits], [op.jumpNotEqual, access!, 0, 2, 0]);
  } else if (bits !== anyAccess) {
    body.push([op.jumpAnyBit, access!, 0, 1, bits], [op.jump, 0, 0, 2, 0]);
  }
  body.push(...answers(rule.allow));
  const conditions: (readonly [register: number, value: number])[] = [];
  if (rule.type !== undefined && rule.type !== 'a') conditions.push([type!, typeNumbers[rule.type]]);
  if (isGiven(rule.major)) conditions.push([major!, rule.major]);
  if (isGiven(rule.minor)) conditions.push([minor!, rule.minor]);
  const checks = conditions.map(([register, value], at): Instruction => {
    const afterwards = conditions.length - at - 1 + body.length;
    return [op.jumpNotEqual, register, 0, afterwards, value];
  });
  return { instructions: [...checks, ...body], fitsAll: conditions.length === 0 && bits === anyAccess };
}

/** Missing, or −1, stands for all. */
function isGiven(number: number | undefined): number is number {
  if (number === undefined || number === -1) return false;
  if (Number.isInteger(number) && number >= 0 && number <= 0xffffffff) return true;
  throw new TsdockerError('usage', `the device number ${number} is out of range`);
}

function accessOf({ access, type: kind }: DeviceRule): number {
  if (kind !== undefined && !['a', 'b', 'c'].includes(kind)) {
    throw new TsdockerError('usage', `the device type ${kind} is not one of a, b and c`);
  }
  let bits = 0;
  for (const letter of access === undefined || access === '' ? 'rwm' : access) {
    const bit = accessBits[letter];
    if (bit === undefined) throw new TsdockerError('usage', `the device access ${access} is not made of r, w and m`);
    bits |= bit;
  }
  return bits;
}

function encode(program: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(8 * program.length);
  const view = new DataView(bytes.buffer);
  for (const [at, [code, destination, source, offset, immediate]] of program.entries()) {
    view.setUint8(8 * at, code);
    view.setUint8(8 * at + 1, destination | (source << 4));
    view.setInt16(8 * at + 2, offset, true);
    view.setUint32(8 * at + 4, immediate, true);
  }
  return bytes;
}

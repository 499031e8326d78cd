// Comparisons of a call's arguments. BPF compares 32 bits, so on a 64-bit ABI each is made of its two words; on a
// 32-bit ABI (x32 counts as one, as in libseccomp) only the low word is looked at.
import { TsdockerError } from '../../error.ts';
import type { SeccompArg } from '../../spec/types.ts';
import { type Assembler, op } from './assembler.ts';

/** An argument's comparison with its operand and mask taken apart into words. */
export interface Condition {
  readonly index: number;
  readonly op: SeccompArg['op'];
  readonly high: number;
  readonly low: number;
  readonly maskHigh: number;
  readonly maskLow: number;
}

const allOnes = 0xffffffff;
const argumentsAt = 16; // offsetof(struct seccomp_data, args)

/** JSON numbers lose their low bits past 2^53; the one that occurs, 2^64-1, arrives as 2^64. */
function words(value: number): readonly [high: number, low: number] {
  if (value >= 2 ** 64) return [allOnes, allOnes];
  return [Math.floor(value / 2 ** 32), value % 2 ** 32];
}

/** Checks one argument of a rule. Throws `usage` where the index, the operator or a value is out of range. */
export function parseCondition(arg: SeccompArg, syscall: string): Condition {
  const { index, op, value, valueTwo = 0 } = arg;
  const masked = op === 'SCMP_CMP_MASKED_EQ';
  if (!masked && compilers[op] === undefined) throw new TsdockerError('usage', `seccomp has no operator ${op}`);
  if (!(Number.isInteger(index) && index >= 0 && index < 6 && value >= 0 && valueTwo >= 0)) {
    throw new TsdockerError('usage', `the seccomp rule for ${syscall} has an argument out of range`);
  }
  const [maskHigh, maskLow] = masked ? words(value) : [allOnes, allOnes];
  const [high, low] = words(masked ? valueTwo : value);
  return { index, op, high, low, maskHigh, maskLow };
}

/** A masked comparison whose mask is empty in the words that are looked at is always true. */
export function isAlwaysTrue(condition: Condition, wide: boolean): boolean {
  return condition.maskLow === 0 && (!wide || condition.maskHigh === 0);
}

type Compile = (to: Assembler, c: Condition, wide: boolean, pass: number, fail: number) => number;

const load = (to: Assembler, c: Condition, word: 'low' | 'high') =>
  to.emit(op.load, argumentsAt + 8 * c.index + (word === 'low' ? 0 : 4));

const equal: Compile = (to, c, wide, pass, fail) => {
  to.branch(op.jumpEqual, c.low, pass, fail);
  const low = load(to, c, 'low');
  if (!wide) return low;
  to.branch(op.jumpEqual, c.high, low, fail);
  return load(to, c, 'high');
};

/** `over` is the jump that decides on the low word: above, or above or equal. */
const above =
  (over: number): Compile =>
  (to, c, wide, pass, fail) => {
    to.branch(over, c.low, pass, fail);
    const low = load(to, c, 'low');
    if (!wide) return low;
    const same = to.branch(op.jumpEqual, c.high, low, fail);
    to.branch(op.jumpAbove, c.high, pass, same);
    return load(to, c, 'high');
  };

const not =
  (compile: Compile): Compile =>
  (to, c, wide, pass, fail) =>
    compile(to, c, wide, fail, pass);

const maskedEqual: Compile = (to, c, wide, pass, fail) => {
  let next = pass;
  if (c.maskLow !== 0) {
    to.branch(op.jumpEqual, (c.low & c.maskLow) >>> 0, next, fail);
    to.emit(op.and, c.maskLow);
    next = load(to, c, 'low');
  }
  if (wide && c.maskHigh !== 0) {
    to.branch(op.jumpEqual, (c.high & c.maskHigh) >>> 0, next, fail);
    to.emit(op.and, c.maskHigh);
    next = load(to, c, 'high');
  }
  return next;
};

const compilers: Readonly<Record<SeccompArg['op'], Compile>> = {
  SCMP_CMP_EQ: equal,
  SCMP_CMP_NE: not(equal),
  SCMP_CMP_GT: above(op.jumpAbove),
  SCMP_CMP_GE: above(op.jumpAboveOrEqual),
  SCMP_CMP_LE: not(above(op.jumpAbove)),
  SCMP_CMP_LT: not(above(op.jumpAboveOrEqual)),
  SCMP_CMP_MASKED_EQ: maskedEqual,
};

/** Puts the comparison before what is assembled; gives where it begins. */
export function compileCondition(to: Assembler, condition: Condition, wide: boolean, pass: number, fail: number) {
  return compilers[condition.op](to, condition, wide, pass, fail);
}

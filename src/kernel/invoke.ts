// How a typed system call becomes a real one. `Invoke` is the seam: the kernel behind it, or a recording of what was asked.

import { KernelError } from './errno.ts';
import { native, unpin } from './ffi.ts';
import { syscallNumber } from './syscalls/index.ts';

/** A machine word, a NUL-terminated string, or memory that the call reads or fills. */
export type Word = number | bigint | string | Uint8Array | null;

/** Makes the call `name` of the man pages' section 2. Returns its result, which is never negative; throws KernelError. */
export type Invoke = (name: string, ...words: readonly Word[]) => number;

const encoder = new TextEncoder();
const numbers = new Map<string, bigint>();

function numberOf(name: string): bigint {
  const known = numbers.get(name);
  if (known !== undefined) return known;
  const number = BigInt(syscallNumber(name));
  numbers.set(name, number);
  return number;
}

/** A C string. Throws EINVAL for a NUL inside: the kernel would see another, shorter name. */
export function cString(text: string): Uint8Array {
  if (text.includes('\0')) throw new KernelError('path', 22, [JSON.stringify(text)]);
  return encoder.encode(`${text}\0`);
}

/** The running kernel. A call that a signal interrupts is made again. */
export const invokeKernel: Invoke = (name, ...words) => {
  const { syscall, addressOf } = native();
  const toWord = (word: Word | undefined): bigint => {
    if (word === undefined || word === null) return 0n;
    if (typeof word === 'number') return BigInt(word);
    if (typeof word === 'bigint') return word;
    const memory = typeof word === 'string' ? cString(word) : word;
    return memory.byteLength === 0 ? 0n : addressOf(memory);
  };
  const [a, b, c, d, e, f] = [0, 1, 2, 3, 4, 5].map((index) => toWord(words[index]));
  try {
    for (;;) {
      const result = Number(syscall(numberOf(name), a!, b!, c!, d!, e!, f!));
      if (result >= 0) return result;
      if (result !== -4) throw new KernelError(name, -result, words);
    }
  } finally {
    unpin();
  }
};

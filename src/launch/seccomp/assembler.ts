// Classic BPF (linux/filter.h, struct sock_filter), written from the last instruction to the first: BPF jumps only
// forwards, so every target is already in its place, and a jump's length is known when it is written.
import { TsdockerError } from '../../error.ts';

/** The instructions that a seccomp filter needs, each on 32-bit words and constants. */
export const op = {
  load: 0x20, // BPF_LD | BPF_W | BPF_ABS
  and: 0x54, // BPF_ALU | BPF_AND | BPF_K
  jump: 0x05, // BPF_JMP | BPF_JA
  jumpEqual: 0x15,
  jumpAbove: 0x25,
  jumpAboveOrEqual: 0x35,
  answer: 0x06, // BPF_RET | BPF_K
} as const;

const longestProgram = 4096; // linux/bpf_common.h, BPF_MAXINSNS
const farthest = 255; // jt and jf are one byte each
const nearEnough = 100; // beyond, a second RET is cheaper than the long jump to the first

/**
 * A program that grows at its beginning. A place in it is the count of instructions from there to the end, which stays
 * true while more are put before. All methods throw `unsupported` where the program gets longer than the kernel takes.
 */
export class Assembler {
  /** Two words an instruction, as the kernel reads them on x86_64 and aarch64, both little-endian. */
  readonly #words = new Uint32Array(2 * longestProgram);
  readonly #answers = new Map<number, number>();
  #length = 0;

  /** Puts an instruction that runs on into the one after it; gives its place. */
  emit(operation: number, operand: number): number {
    if (this.#length === longestProgram) {
      throw new TsdockerError('unsupported', 'the seccomp profile is too long', {
        hint: `the kernel takes filters of ${longestProgram} instructions`,
      });
    }
    const place = ++this.#length;
    const at = 2 * (longestProgram - place);
    this.#words[at] = operation;
    this.#words[at + 1] = operand;
    return place;
  }

  /** A place that ends the filter with `word`, near to where the program has got to. */
  answer(word: number): number {
    const place = this.#answers.get(word);
    if (place !== undefined && this.#length - place < nearEnough) return place;
    const fresh = this.emit(op.answer, word);
    this.#answers.set(word, fresh);
    return fresh;
  }

  /** Puts a comparison with `operand` that goes to `yes` or to `no`; gives its place. */
  branch(operation: number, operand: number, yes: number, no: number): number {
    // One less than the reach for the first: a long jump for the second moves it by one.
    const nearNo = this.#length - no < farthest ? no : this.#jump(no);
    const nearYes = this.#length - yes <= farthest ? yes : this.#jump(yes);
    const length = this.#length;
    return this.emit(operation | ((length - nearYes) << 16) | ((length - nearNo) << 24), operand);
  }

  /** Makes the program go on at `place`; gives that place where it is next anyway. */
  goOnAt(place: number): number {
    return this.#length === place ? place : this.#jump(place);
  }

  #jump(place: number): number {
    return this.emit(op.jump, this.#length - place);
  }

  /** The whole program, an array of `struct sock_filter`. */
  finish(): Uint8Array {
    return new Uint8Array(this.#words.buffer).subarray(8 * (longestProgram - this.#length));
  }
}

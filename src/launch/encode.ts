// A phase of a launch program as bytes: the wire format of native/program.h.

import { errnoNumber } from '../kernel/errno.ts';
import { cString } from '../kernel/invoke.ts';
import { syscallNumber } from '../kernel/syscalls/index.ts';
import type { Argument, Memory, Phase, Step } from './program.ts';

const magic = 0x31474f5250445354n;
const headerSize = 24;
const stepSize = 72;
const argumentKind = { number: 0, data: 1, result: 2 } as const;
const flag = { retry: 1, store: 2, branch: 4, wait: 8 } as const;

/** The data block while it grows, and the places in it that hold offsets. */
class DataBlock {
  readonly relocations: number[] = [];
  readonly #places = new Map<Memory, number>();
  readonly #pieces: { at: number; bytes: Uint8Array }[] = [];
  size = 0;

  text(text: string): number {
    return this.#put(cString(text));
  }

  /** Where `memory` lies; it is laid out when first asked for, what it points to before itself. */
  place(memory: Memory): number {
    const known = this.#places.get(memory);
    if (known !== undefined) return known;
    const only = memory.parts[0];
    const at = memory.parts.length === 1 && typeof only === 'string' ? this.text(only) : this.#structure(memory);
    this.#places.set(memory, at);
    return at;
  }

  #structure(memory: Memory): number {
    const targets = memory.parts.map((part) => (isMemory(part) ? this.place(part) : 0));
    const size = memory.parts.reduce<number>((sum, part) => sum + sizeOf(part), 0);
    const bytes = new Uint8Array(size);
    const view = new DataView(bytes.buffer);
    const at = this.#put(bytes);
    let offset = 0;
    memory.parts.forEach((part, index) => {
      if (isMemory(part)) {
        view.setBigUint64(offset, BigInt(targets[index]!), true);
        this.relocations.push(at + offset);
      } else if (part instanceof Uint8Array) bytes.set(part, offset);
      else if (typeof part === 'string') bytes.set(cString(part), offset);
      else if (part[0] === 1) view.setUint8(offset, Number(part[1]));
      else if (part[0] === 2) view.setUint16(offset, Number(part[1]), true);
      else if (part[0] === 4) view.setUint32(offset, Number(part[1]) >>> 0, true);
      else view.setBigUint64(offset, BigInt.asUintN(64, BigInt(part[1])), true);
      offset += sizeOf(part);
    });
    return at;
  }

  #put(bytes: Uint8Array): number {
    const at = (this.size + 7) & ~7;
    this.#pieces.push({ at, bytes });
    this.size = at + bytes.byteLength;
    return at;
  }

  copyTo(target: Uint8Array): void {
    for (const { at, bytes } of this.#pieces) target.set(bytes, at);
  }
}

function isMemory(part: Memory['parts'][number]): part is Memory {
  return typeof part === 'object' && 'kind' in part;
}

function sizeOf(part: Memory['parts'][number]): number {
  if (isMemory(part)) return 8;
  if (part instanceof Uint8Array) return part.byteLength;
  return typeof part === 'string' ? cString(part).byteLength : part[0];
}

function argumentWord(argument: Argument, data: DataBlock): [kind: number, word: bigint] {
  if (typeof argument === 'number' || typeof argument === 'bigint') return [argumentKind.number, BigInt(argument)];
  if (typeof argument === 'string') return [argumentKind.data, BigInt(data.text(argument))];
  if (argument.kind === 'named') return [argumentKind.number, BigInt(argument.value)];
  if (argument.kind === 'result') return [argumentKind.result, BigInt(argument.step)];
  return [argumentKind.data, BigInt(data.place(argument))];
}

function flagsOf(step: Step): number {
  return (
    (step.retry ? flag.retry : 0) |
    (step.store === undefined ? 0 : flag.store) |
    (step.branch ? flag.branch : 0) |
    (step.call === 'wait' ? flag.wait : 0)
  );
}

/** The bytes of one phase, ready for the launch socket. */
export function encodePhase({ steps }: Phase): Uint8Array {
  const data = new DataBlock();
  const words = steps.map((step) => step.args.map((argument) => argumentWord(argument, data)));
  const storeAt = steps.map((step) => (step.store === undefined ? 0 : data.place(step.store.memory) + step.store.at));
  const relocationsAt = headerSize + steps.length * stepSize;
  const dataAt = relocationsAt + data.relocations.length * 4;
  const bytes = new Uint8Array(dataAt + data.size);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, magic, true);
  [steps[0]?.number ?? 0, steps.length, data.relocations.length, data.size].forEach((value, index) => {
    view.setUint32(8 + index * 4, value, true);
  });
  steps.forEach((step, index) => {
    const at = headerSize + index * stepSize;
    view.setUint32(at, step.call === 'wait' ? 0 : syscallNumber(step.call), true);
    view.setUint16(at + 4, flagsOf(step), true);
    view.setUint16(
      at + 6,
      words[index]!.reduce((kinds, [kind], argument) => kinds | (kind << (2 * argument)), 0),
      true,
    );
    step.accepted.forEach((name, accepted) => {
      view.setUint16(at + 8 + accepted * 2, errnoNumber(name), true);
    });
    view.setUint32(at + 20, storeAt[index]!, true);
    words[index]!.forEach(([, word], argument) => {
      view.setBigUint64(at + 24 + argument * 8, BigInt.asUintN(64, word), true);
    });
  });
  data.relocations.forEach((offset, index) => {
    view.setUint32(relocationsAt + index * 4, offset, true);
  });
  data.copyTo(bytes.subarray(dataAt));
  return bytes;
}

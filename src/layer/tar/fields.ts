// The fields of a tar header: text that ends at a NUL, and numbers in octal or, where they are too large for that, in base 256
// (POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format").
import { TsdockerError } from '../../error.ts';

export function notWhole(why: string): TsdockerError {
  return new TsdockerError('corrupt', `a layer is not a whole tar: ${why}`);
}

/** A byte string: each character is one byte. */
export function textField(block: Buffer, at: number, length: number): string {
  const end = block.indexOf(0, at);
  return block.toString('latin1', at, end < 0 || end > at + length ? at + length : end);
}

/**
 * ATTACK: a number in base 256 has up to 95 bits and a sign: a negative size walks backwards, a huge one becomes another
 * number in each reader. What is no exact integer here is refused.
 */
export function numberField(block: Buffer, at: number, length: number): number {
  const first = block[at]!;
  if ((first & 0x80) !== 0) return base256(block, at, length);
  let value = 0;
  let index = at;
  const end = at + length;
  while (index < end && (block[index] === 0x20 || block[index] === 0)) index++;
  for (; index < end; index++) {
    const byte = block[index]!;
    if (byte === 0x20 || byte === 0) break;
    if (byte < 0x30 || byte > 0x37) throw notWhole('a number of a header is not octal');
    value = value * 8 + (byte - 0x30);
  }
  return value;
}

function base256(block: Buffer, at: number, length: number): number {
  const isNegative = (block[at]! & 0x40) !== 0;
  let value = BigInt(block[at]! & 0x7f);
  for (let index = at + 1; index < at + length; index++) value = (value << 8n) | BigInt(block[index]!);
  if (isNegative) value -= 1n << BigInt(8 * length - 1);
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw notWhole('a number of a header is too large');
  return number;
}

export const isZeroBlock = (block: Buffer): boolean => {
  for (let index = 0; index < 512; index++) if (block[index] !== 0) return false;
  return true;
};

/** The sum of a header's bytes, its own field counting as blanks; some old tars summed signed bytes. */
export function hasRightChecksum(block: Buffer): boolean {
  let unsigned = 8 * 0x20;
  let signed = unsigned;
  for (let index = 0; index < 512; index++) {
    if (index === 148) index = 156;
    const byte = block[index]!;
    unsigned += byte;
    signed += byte < 0x80 ? byte : byte - 0x100;
  }
  const stated = numberField(block, 148, 8);
  return stated === unsigned || stated === signed;
}

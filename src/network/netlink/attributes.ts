// Attributes, of which netlink's messages are made: a length, a type and a value, on 4-byte boundaries, where the value may be a
// list of attributes again (netlink(7); linux/netlink.h, struct nlattr). Numbers are the host's (little endian) unless named be….
import { TsdockerError } from '../../error.ts';
import { NLA_F_NESTED, NLA_TYPE_MASK } from './constants.ts';

export type Attribute = readonly [type: number, value: Uint8Array | readonly Attribute[]];

const headSize = 4;
const encoder = new TextEncoder();

/** The next 4-byte boundary. */
export const align = (size: number): number => (size + 3) & ~3;

function sizeOf(list: readonly Attribute[]): number {
  let size = 0;
  for (const [, value] of list) {
    size += align(headSize + (value instanceof Uint8Array ? value.byteLength : sizeOf(value)));
  }
  return size;
}

/** Throws `internal` for a value that is longer than a length of 16 bits says: a list that long has to be split by its maker. */
export function encodeAttributes(list: readonly Attribute[]): Uint8Array {
  const bytes = new Uint8Array(sizeOf(list));
  write(new DataView(bytes.buffer), bytes, 0, list);
  return bytes;
}

function write(view: DataView, bytes: Uint8Array, start: number, list: readonly Attribute[]): number {
  let at = start;
  for (const [type, value] of list) {
    let end = at + headSize;
    if (value instanceof Uint8Array) {
      bytes.set(value, end);
      end += value.byteLength;
    } else {
      end = write(view, bytes, end, value);
    }
    if (end - at > 0xffff) throw new TsdockerError('internal', `netlink attribute ${type} has ${end - at} bytes`);
    view.setUint16(at, end - at, true);
    view.setUint16(at + 2, value instanceof Uint8Array ? type : type | NLA_F_NESTED, true);
    at = align(end);
  }
  return at;
}

/** Each attribute of `bytes`, in order. Stops where a length does not hold, as the kernel's own reader does. */
export function* eachAttribute(bytes: Uint8Array): Generator<readonly [type: number, value: Uint8Array]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + headSize <= bytes.byteLength; ) {
    const length = view.getUint16(at, true);
    if (length < headSize || at + length > bytes.byteLength) return;
    yield [view.getUint16(at + 2, true) & NLA_TYPE_MASK, bytes.subarray(at + headSize, at + length)];
    at += align(length);
  }
}

/** Attributes by type, without the flags; of a type that comes twice the last one, as the kernel reads it. The values share memory with `bytes`. */
export function parseAttributes(bytes: Uint8Array): Map<number, Uint8Array> {
  return new Map(eachAttribute(bytes));
}

export const u8 = (value: number): Uint8Array => Uint8Array.of(value);
export const u16 = (value: number): Uint8Array => Uint8Array.of(value, value >>> 8);
export const u32 = (value: number): Uint8Array => Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);
export const u64 = (value: bigint): Uint8Array => be64(value).reverse();
export const be16 = (value: number): Uint8Array => u16(value).reverse();
export const be32 = (value: number): Uint8Array => u32(value).reverse();

export function be64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value));
  return bytes;
}

/** A NUL-terminated string. Throws `internal` for a NUL inside: the kernel would see another, shorter one. */
export function text(value: string): Uint8Array {
  if (value.includes('\0')) throw new TsdockerError('internal', `a NUL in ${JSON.stringify(value)}`);
  return encoder.encode(`${value}\0`);
}

/** The readers give undefined for an attribute that is missing or of another size than they read. */
type Value = Uint8Array | undefined;

const viewOf = (value: Uint8Array): DataView => new DataView(value.buffer, value.byteOffset, value.byteLength);

export const readU8 = (value: Value): number | undefined => (value?.byteLength === 1 ? value[0] : undefined);
export const readU16 = (value: Value): number | undefined =>
  value?.byteLength === 2 ? viewOf(value).getUint16(0, true) : undefined;
export const readU32 = (value: Value): number | undefined =>
  value?.byteLength === 4 ? viewOf(value).getUint32(0, true) : undefined;
export const readU64 = (value: Value): bigint | undefined =>
  value?.byteLength === 8 ? viewOf(value).getBigUint64(0, true) : undefined;
export const readBe16 = (value: Value): number | undefined =>
  value?.byteLength === 2 ? viewOf(value).getUint16(0) : undefined;
export const readBe32 = (value: Value): number | undefined =>
  value?.byteLength === 4 ? viewOf(value).getUint32(0) : undefined;
export const readBe64 = (value: Value): bigint | undefined =>
  value?.byteLength === 8 ? viewOf(value).getBigUint64(0) : undefined;

/** Up to the first NUL, or all of it. */
export function readText(value: Value): string | undefined {
  if (value === undefined) return undefined;
  const end = value.indexOf(0);
  return new TextDecoder().decode(end < 0 ? value : value.subarray(0, end));
}

// Structures of the kernel as bytes, little endian, as its headers lay them out on 64-bit machines.

/** A field of a structure: its width in bytes and its value. */
export type Field = readonly [width: 1 | 2 | 4 | 8, value: number | bigint];

/** Lays fields out one after the other, without padding: the caller writes the padding as a field. */
export function structure(...fields: readonly Field[]): Uint8Array {
  const memory = new Uint8Array(fields.reduce((size, [width]) => size + width, 0));
  const view = new DataView(memory.buffer);
  let at = 0;
  for (const [width, value] of fields) {
    if (width === 1) view.setUint8(at, Number(value));
    else if (width === 2) view.setUint16(at, Number(value), true);
    else if (width === 4) view.setUint32(at, Number(value), true);
    else view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), true);
    at += width;
  }
  return memory;
}

/** The unsigned 32-bit number at `at`. */
export function readUint32(memory: Uint8Array, at: number): number {
  return new DataView(memory.buffer, memory.byteOffset).getUint32(at, true);
}

/** The signed 32-bit number at `at`. */
export function readInt32(memory: Uint8Array, at: number): number {
  return readUint32(memory, at) | 0;
}

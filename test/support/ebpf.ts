// An eBPF machine for device programs: just the instructions they are made of, on 32 bits. Like the kernel's verifier it
// refuses a jump out of the program, a register read before it is written, and instructions that nothing reaches.

export interface DeviceAccess {
  readonly type: 'b' | 'c';
  readonly major: number;
  readonly minor: number;
  /** Of r, w and m. */
  readonly access: string;
}

const typeNumbers = { b: 1, c: 2 };
const accessBits: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 };

/** Does the program allow the access? */
export function runDeviceProgram(program: Uint8Array, { type, major, minor, access }: DeviceAccess): boolean {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const wanted = [...access].reduce((bits, letter) => bits | accessBits[letter]!, 0);
  const context: Readonly<Record<number, number>> = { 0: (wanted << 16) | typeNumbers[type], 4: major, 8: minor };
  const registers: (number | undefined)[] = [];
  const read = (register: number) => {
    const value = registers[register];
    if (value === undefined) throw new Error(`register ${register} is read before it is written`);
    return value;
  };
  for (let at = 0; ; at++) {
    if (at < 0 || at >= program.byteLength / 8) throw new Error(`the program runs out of itself at ${at}`);
    const code = view.getUint8(8 * at);
    const destination = view.getUint8(8 * at + 1) & 0xf;
    const source = view.getUint8(8 * at + 1) >> 4;
    const offset = view.getInt16(8 * at + 2, true);
    const immediate = view.getUint32(8 * at + 4, true);
    if (code === 0x61) {
      if (source !== 1 || !(offset in context)) throw new Error(`loads from ${source} at ${offset}`);
      registers[destination] = context[offset]! >>> 0;
    } else if (code === 0xbc) registers[destination] = read(source);
    else if (code === 0xb4) registers[destination] = immediate;
    else if (code === 0x54) registers[destination] = (read(destination) & immediate) >>> 0;
    else if (code === 0x74) registers[destination] = read(destination) >>> immediate;
    else if (code === 0x05) at += offset;
    else if (code === 0x16) at += read(destination) === immediate ? offset : 0;
    else if (code === 0x56) at += read(destination) !== immediate ? offset : 0;
    else if (code === 0x46) at += read(destination) & immediate ? offset : 0;
    else if (code === 0x95) return read(0) === 1;
    else throw new Error(`instruction ${at} has the unknown code ${code}`);
  }
}

/** The instructions that no run from the first one reaches. */
export function unreachable(program: Uint8Array): readonly number[] {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const length = program.byteLength / 8;
  const reached = new Set<number>();
  const open = [0];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at >= length || reached.has(at)) continue;
    reached.add(at);
    const code = view.getUint8(8 * at);
    const isJump = [0x05, 0x16, 0x46, 0x56].includes(code);
    if (isJump) open.push(at + 1 + view.getInt16(8 * at + 2, true));
    if (code !== 0x05 && code !== 0x95) open.push(at + 1);
  }
  return Array.from({ length }, (_, at) => at).filter((at) => !reached.has(at));
}

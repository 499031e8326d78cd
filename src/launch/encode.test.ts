import { expect, test } from 'vitest';
import { encodePhase } from './encode.ts';
import { flags, memory, ProgramBuilder, strings } from './program.ts';

/** Reads the fields of native/program.h back, written anew here so that both sides are held to the format. */
function decode(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [first, count, relocationCount, dataSize] = [8, 12, 16, 20].map((at) => view.getUint32(at, true)) as [
    number,
    number,
    number,
    number,
  ];
  const steps = Array.from({ length: count }, (_, index) => {
    const at = 24 + index * 72;
    return {
      number: view.getUint32(at, true),
      flags: view.getUint16(at + 4, true),
      kinds: view.getUint16(at + 6, true),
      accepted: [0, 1, 2, 3, 4, 5].map((slot) => view.getUint16(at + 8 + slot * 2, true)),
      storeAt: view.getUint32(at + 20, true),
      words: [0, 1, 2, 3, 4, 5].map((slot) => view.getBigInt64(at + 24 + slot * 8, true)),
    };
  });
  const relocationsAt = 24 + count * 72;
  const relocations = Array.from({ length: relocationCount }, (_, index) =>
    view.getUint32(relocationsAt + index * 4, true),
  );
  const data = bytes.subarray(relocationsAt + relocationCount * 4);
  return { magic: Buffer.from(bytes.subarray(0, 8)).toString(), first, steps, relocations, data, dataSize };
}

const textAt = (data: Uint8Array, at: number | bigint) =>
  Buffer.from(data.subarray(Number(at)))
    .toString()
    .split('\0')[0];

test('a phase has its magic, the number of its first step, and steps of 72 bytes', () => {
  const program = new ProgramBuilder(7);
  program.call('closing', 'close', [5]);
  program.call('closing', 'close', [-1], { accepted: ['EBADF', 'EINTR'], retry: true });
  const { magic, first, steps, dataSize } = decode(encodePhase(program.end()));
  expect(magic).toBe('TSDPROG1');
  expect(first).toBe(7);
  expect(steps.map((step) => step.words[0])).toEqual([5n, -1n]);
  expect(steps[1]).toMatchObject({ accepted: [9, 4, 0, 0, 0, 0], flags: 1, kinds: 0 });
  expect(dataSize).toBe(0);
});

test('strings, results and flags are told apart by their kinds', () => {
  const program = new ProgramBuilder();
  const fd = program.call('opening', 'openat', [-100, '/etc', flags(['A', 1], ['B', 4]), 0]);
  program.call('entering', 'fchdir', [fd]);
  const { steps, data } = decode(encodePhase(program.end()));
  expect(steps[0]!.kinds).toBe(0b0100);
  expect(textAt(data, steps[0]!.words[1]!)).toBe('/etc');
  expect(steps[0]!.words[2]).toBe(5n);
  expect(steps[1]).toMatchObject({ kinds: 0b10, words: [0n, 0n, 0n, 0n, 0n, 0n] });
});

test('an array of strings is pointers that are relocated, and a null at its end', () => {
  const program = new ProgramBuilder();
  program.call('executing', 'execve', ['/bin/sh', strings(['sh', '-c', 'ä']), strings([])]);
  const { steps, data, relocations } = decode(encodePhase(program.end()));
  const view = new DataView(data.buffer, data.byteOffset);
  const argv = Number(steps[0]!.words[1]);
  expect(relocations).toEqual([argv, argv + 8, argv + 16]);
  expect(relocations.map((at) => textAt(data, view.getBigUint64(at, true)))).toEqual(['sh', '-c', 'ä']);
  expect(view.getBigUint64(argv + 24, true)).toBe(0n);
  expect(view.getBigUint64(Number(steps[0]!.words[2]), true)).toBe(0n);
});

test('a result is stored into memory that a later step passes on', () => {
  const args = memory('{…}', [8, 1], [8, 0]);
  const program = new ProgramBuilder();
  program.call('opening', 'openat', [-100, '/', 0, 0], { store: { memory: args, at: 8 } });
  program.call('cloning', 'clone3', [args, 16], { branch: true });
  const { steps } = decode(encodePhase(program.end()));
  expect(steps[0]!.flags).toBe(2);
  expect(steps[0]!.storeAt).toBe(Number(steps[1]!.words[0]) + 8);
  expect(steps[1]!.flags).toBe(4);
});

test('a string with a NUL inside is refused: the kernel would see another one', () => {
  const program = new ProgramBuilder();
  program.call('opening', 'openat', [-100, '/a\0b', 0, 0]);
  expect(() => encodePhase(program.end())).toThrow('EINVAL');
});

// The adapter for a Node.js without node:ffi, tried on the one that has both.
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { native } from './ffi.ts';
import { loadByKoffi } from './koffi.ts';
import { nativeFolder } from './native.ts';

const path = join(nativeFolder, 'kernel.so');
const koffi = () => loadByKoffi(path)!;
const [read, getpid, mmap, munmap] = process.arch === 'arm64' ? [63n, 172n, 222n, 215n] : [0n, 39n, 9n, 11n];

test('a small result and an error number are bigints, as from node:ffi', () => {
  const { syscall } = koffi();
  expect(syscall(getpid, 0n, 0n, 0n, 0n, 0n, 0n)).toBe(BigInt(process.pid));
  expect(syscall(read, -1n, 0n, 0n, 0n, 0n, 0n)).toBe(-9n);
});

test('an address as a result is whole', () => {
  const { syscall } = koffi();
  const asked = 0x7f5a_1234_5000n; // MAP_PRIVATE, MAP_ANONYMOUS and MAP_FIXED_NOREPLACE: there, or nowhere
  const place = syscall(mmap, asked, 4096n, 3n, 0x10_0022n, -1n, 0n);
  expect(place === asked || place === -17n).toBe(true);
  if (place === asked) syscall(munmap, place, 4096n, 0n, 0n, 0n, 0n);
});

test.each([
  ['an array', () => new Uint8Array(8)],
  ['a part of a larger one', () => new Uint8Array(4096).subarray(17, 25)],
  ['a buffer of the pool', () => Buffer.from('12345678')],
])('the kernel fills %s at its address, which is the one that node:ffi tells', (_, make) => {
  const memory = make();
  const { syscall, addressOf } = koffi();
  const file = openSync('/proc/self/stat', 'r');
  try {
    expect(syscall(read, BigInt(file), addressOf(memory), 8n, 0n, 0n, 0n)).toBe(8n);
  } finally {
    closeSync(file);
  }
  expect(Buffer.from(memory).toString().split(' ')[0]).toBe(String(process.pid));
  expect(addressOf(memory)).toBe(native().addressOf(memory));
});

test('a library that is not there is an error', () => {
  expect(() => loadByKoffi(`${path}.missing`)).toThrow('cannot open shared object file');
});

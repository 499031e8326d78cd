import { expect, test } from 'vitest';
import { type Abi, nativeAbi, syscallName, syscallNumber, syscallNumbers, syscallRuns } from './index.ts';

test.each<[Abi, string, number]>([
  ['x86_64', 'read', 0],
  ['x86_64', 'clone3', 435],
  ['x86_64', 'pidfd_send_signal', 424],
  ['i386', 'socketcall', 102],
  ['i386', 'umount', 22],
  ['i386', 'umount2', 52],
  ['x32', 'execveat', 545],
  ['x32', 'read', 0],
  ['aarch64', 'io_setup', 0],
  ['aarch64', 'openat', 56],
  ['arm', 'arm_sync_file_range', 341],
  ['arm', 'set_tls', 983045],
])('on %s %s is %i', (abi, name, number) => {
  expect(syscallNumbers(abi).get(name)).toBe(number);
  expect(syscallName(number, abi)).toBe(name);
});

test.each<Abi>(['x86_64', 'i386', 'x32', 'aarch64', 'arm'])(
  'the numbers of %s ascend, and no name comes twice',
  (abi) => {
    const numbers = [...syscallNumbers(abi).values()];
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(syscallRuns(abi).reduce((count, run) => count + run.length - 1, 0)).toBe(numbers.length);
    for (const name of syscallNumbers(abi).keys()) expect(name).toMatch(/^[a-z_][a-z0-9_]+$/);
  },
);

test('calls from 424 on have one number everywhere', () => {
  for (const [name, number] of syscallNumbers('x86_64')) {
    if (number < 424) continue;
    for (const abi of ['i386', 'x32', 'aarch64', 'arm'] as const) {
      expect([number, undefined], `${name} on ${abi}`).toContain(syscallNumbers(abi).get(name));
    }
  }
});

test('a call or an architecture that is not there is an error that names it', () => {
  expect(syscallNumber('mount', 'arm64')).toBe(40);
  expect(() => syscallNumber('open', 'arm64')).toThrow('there is no system call open on arm64');
  expect(() => nativeAbi('riscv64')).toThrow('the architecture riscv64 is not supported');
});

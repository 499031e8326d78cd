import { expect, test } from 'vitest';
import { nameVerdict, parseFilter, runFilter } from '../../../test/support/bpf.ts';
import { auditArch } from '../../kernel/audit-arch.ts';
import { syscallNumber, syscallNumbers, x32Bit } from '../../kernel/syscalls/index.ts';
import type { Seccomp, SeccompAction, SeccompArg, SeccompRule } from '../../spec/types.ts';
import { compileSeccomp } from './compile.ts';

const acct = syscallNumber('acct', 'x64');
const profileOf = (...syscalls: SeccompRule[]): Seccomp => ({
  defaultAction: 'SCMP_ACT_ALLOW',
  architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  syscalls,
});
const forbidAcct = (...args: SeccompArg[]): SeccompRule => ({
  names: ['acct'],
  action: 'SCMP_ACT_ERRNO',
  errnoRet: 42,
  args,
});

function verdict(profile: Seccomp, nr: number, args: readonly bigint[] = [], arch: number = auditArch.x86_64): string {
  const program = parseFilter(compileSeccomp(profile, { arch: 'x64' }).filter);
  return nameVerdict(runFilter(program, { nr, arch, args }).verdict);
}

/** Does the comparison hold for the first argument? */
const holds = (op: SeccompArg['op'], argument: bigint, value: number, valueTwo = 0) =>
  verdict(profileOf(forbidAcct({ index: 0, op, value, valueTwo })), acct, [argument]) === 'errno 42';

const big = 0x5_0000_0007; // high word 5, low word 7
const around = [
  0n,
  6n,
  7n,
  8n,
  0x4_ffff_ffffn,
  0x5_0000_0006n,
  BigInt(big),
  0x5_0000_0008n,
  0x6_0000_0000n,
  2n ** 64n - 1n,
];

test.each<[SeccompArg['op'], (a: bigint, b: bigint) => boolean]>([
  ['SCMP_CMP_EQ', (a, b) => a === b],
  ['SCMP_CMP_NE', (a, b) => a !== b],
  ['SCMP_CMP_LT', (a, b) => a < b],
  ['SCMP_CMP_LE', (a, b) => a <= b],
  ['SCMP_CMP_GE', (a, b) => a >= b],
  ['SCMP_CMP_GT', (a, b) => a > b],
])('%s compares all 64 bits, without a sign', (op, compare) => {
  for (const value of [0, 7, 0xffffffff, 0x100000000, big]) {
    for (const argument of around)
      expect(holds(op, argument, value), `${argument} ${value}`).toBe(compare(argument, BigInt(value)));
  }
});

test.each<[mask: number, value: number, argument: bigint, expected: boolean]>([
  [0xf0, 0x30, 0x3fn, true],
  [0xf0, 0x30, 0x4fn, false],
  [0xf0, 0x30, 0xffff_ffff_0000_0030n, true],
  [0xf_0000_0001, 0x3_0000_0001, 0x33_0000_0011n, true],
  [0xf_0000_0001, 0x3_0000_0001, 0x33_0000_0010n, false],
  [0xf_0000_0000, 0x3_0000_0000, 0x3_1234_5678n, true],
  [0xf_0000_0000, 0x3_0000_0000, 0x4_1234_5678n, false],
  [0, 0, 5n, true],
  [2 ** 64, 2 ** 64, 2n ** 64n - 1n, true],
  [2 ** 64, 2 ** 64, 2n ** 64n - 2n, false],
])('an argument masked with %i equals %i: %i is %o', (mask, value, argument, expected) => {
  expect(holds('SCMP_CMP_MASKED_EQ', argument, mask, value)).toBe(expected);
});

test('each of the six arguments is looked at', () => {
  for (let index = 0; index < 6; index++) {
    const profile = profileOf(forbidAcct({ index, op: 'SCMP_CMP_EQ', value: 9 }));
    const args = Array.from({ length: 6 }, (_, at) => (at === index ? 9n : 0n));
    expect(verdict(profile, acct, args)).toBe('errno 42');
    expect(
      verdict(
        profile,
        acct,
        args.map((value) => 9n - value),
      ),
    ).toBe('allow');
  }
});

test('on i386 and x32 only the low word of an argument counts', () => {
  const profile = profileOf(forbidAcct({ index: 0, op: 'SCMP_CMP_EQ', value: 7 }));
  const args = [0x1_0000_0007n];
  expect(verdict(profile, acct, args)).toBe('allow');
  expect(verdict(profile, x32Bit + acct, args)).toBe('errno 42');
  expect(verdict(profile, syscallNumbers('i386').get('acct')!, args, auditArch.i386)).toBe('errno 42');
});

test('all conditions of a rule must hold', () => {
  const profile = profileOf(
    forbidAcct({ index: 0, op: 'SCMP_CMP_EQ', value: 1 }, { index: 1, op: 'SCMP_CMP_GT', value: 5 }),
  );
  expect(verdict(profile, acct, [1n, 6n])).toBe('errno 42');
  expect(verdict(profile, acct, [1n, 5n])).toBe('allow');
  expect(verdict(profile, acct, [2n, 6n])).toBe('allow');
});

test('one of two conditions on the same argument is enough, as with runc', () => {
  const profile = profileOf(
    forbidAcct({ index: 0, op: 'SCMP_CMP_EQ', value: 1 }, { index: 0, op: 'SCMP_CMP_EQ', value: 2 }),
  );
  expect([1n, 2n, 3n].map((argument) => verdict(profile, acct, [argument]))).toEqual(['errno 42', 'errno 42', 'allow']);
});

test('several rules for a call are alternatives, and a rule without conditions outdoes them', () => {
  const one = forbidAcct({ index: 0, op: 'SCMP_CMP_EQ', value: 1 });
  const two = { ...forbidAcct({ index: 0, op: 'SCMP_CMP_EQ', value: 2 }), errnoRet: 43 };
  const plain: SeccompRule = { names: ['acct'], action: 'SCMP_ACT_ERRNO', errnoRet: 44 };
  expect([1n, 2n, 3n].map((argument) => verdict(profileOf(one, two), acct, [argument]))).toEqual([
    'errno 42',
    'errno 43',
    'allow',
  ]);
  expect(verdict(profileOf(one, plain), acct, [1n])).toBe('errno 44');
  expect(verdict(profileOf(plain, { ...plain, errnoRet: 45 }, one), acct, [1n])).toBe('errno 44');
});

test.each<[SeccompAction, string]>([
  ['SCMP_ACT_KILL', 'kill thread'],
  ['SCMP_ACT_KILL_THREAD', 'kill thread'],
  ['SCMP_ACT_KILL_PROCESS', 'kill process'],
  ['SCMP_ACT_TRAP', 'trap'],
  ['SCMP_ACT_ERRNO', 'errno 1'],
  ['SCMP_ACT_TRACE', 'trace 1'],
  ['SCMP_ACT_LOG', 'log'],
])('%s answers %s, by rule and by default', (action, expected) => {
  expect(verdict(profileOf({ names: ['acct'], action }), acct)).toBe(expected);
  const allowAcct = profileOf({ names: ['read', 'acct', 'tee'], action: 'SCMP_ACT_ALLOW' });
  expect(verdict({ ...allowAcct, defaultAction: action }, acct + 1)).toBe(expected);
  expect(verdict({ ...allowAcct, defaultAction: action }, acct)).toBe('allow');
});

test('calls newer than the newest that a profile names get ENOSYS, unless the default lets them through', () => {
  const strict: Seccomp = {
    ...profileOf({ names: ['read', 'openat2', 'no_such_call'], action: 'SCMP_ACT_ALLOW' }),
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: 13,
  };
  expect(verdict(strict, 436)).toBe('errno 13');
  expect(verdict(strict, 437)).toBe('allow');
  expect(verdict(strict, 438)).toBe('errno 38');
  expect(verdict(strict, x32Bit + 438)).toBe('errno 38');
  expect(verdict(strict, 438, [], auditArch.i386)).toBe('errno 38');
  expect(verdict({ ...strict, defaultAction: 'SCMP_ACT_LOG' }, 438)).toBe('log');
});

test('a call of an architecture that is not listed kills the thread; -1, which skips a call, does not', () => {
  const native: Seccomp = { ...profileOf(forbidAcct()), architectures: ['SCMP_ARCH_X86_64'] };
  expect(verdict(native, 0, [], auditArch.i386)).toBe('kill thread');
  expect(verdict(native, x32Bit)).toBe('kill thread');
  expect(verdict(native, 0xffffffff)).toBe('allow');
  expect(verdict(native, acct)).toBe('errno 42');
  const { architectures: _, ...none } = native;
  expect(verdict(none, acct)).toBe('errno 42');
  expect(verdict(profileOf(forbidAcct()), 0, [], auditArch.aarch64)).toBe('kill thread');
});

test('on i386 a rule for a socket call also holds for the call through socketcall', () => {
  const profile = profileOf(
    { names: ['accept'], action: 'SCMP_ACT_ERRNO', errnoRet: 42 },
    { names: ['msgget'], action: 'SCMP_ACT_ERRNO', errnoRet: 43, args: [{ index: 1, op: 'SCMP_CMP_EQ', value: 7 }] },
  );
  const i386 = (name: string, args: bigint[]) =>
    verdict(profile, syscallNumbers('i386').get(name)!, args, auditArch.i386);
  expect(i386('socketcall', [5n])).toBe('errno 42');
  expect(i386('socketcall', [4n])).toBe('allow');
  expect(i386('ipc', [13n, 7n])).toBe('errno 43');
  expect(i386('ipc', [13n, 8n])).toBe('allow');
});

test('the flags are those of the profile, and only SPEC_ALLOW where it has none', () => {
  const flagsOf = (...flags: string[]) => compileSeccomp({ ...profileOf(), flags }, { arch: 'x64' }).flags;
  expect(compileSeccomp(profileOf(), { arch: 'x64' }).flags).toBe(4);
  expect(flagsOf()).toBe(0);
  expect(flagsOf('SECCOMP_FILTER_FLAG_LOG', 'SECCOMP_FILTER_FLAG_SPEC_ALLOW', 'SECCOMP_FILTER_FLAG_TSYNC')).toBe(6);
  expect(() => flagsOf('SECCOMP_FILTER_FLAG_WRONG')).toThrow('the seccomp flag SECCOMP_FILTER_FLAG_WRONG is not known');
});

test('a filter with jumps over more than 255 instructions answers right', () => {
  const args = (value: number): SeccompArg[] => [{ index: 0, op: 'SCMP_CMP_EQ', value }];
  const rules = Array.from({ length: 300 }, (_, value) => ({ ...forbidAcct(...args(value)), errnoRet: value + 1 }));
  const profile: Seccomp = { ...profileOf(...rules), architectures: [] };
  for (const value of [0, 1, 150, 298, 299]) expect(verdict(profile, acct, [BigInt(value)])).toBe(`errno ${value + 1}`);
  for (const nr of [0, acct - 1, acct + 1, 471]) expect(verdict(profile, nr, [0n])).toBe('allow');
  expect(verdict(profile, acct, [300n])).toBe('allow');
});

test.each<[string, Partial<Seccomp>, string]>([
  ['an action', { defaultAction: 'SCMP_ACT_NOTIFY' as 'SCMP_ACT_LOG' }, 'the seccomp action SCMP_ACT_NOTIFY is not'],
  ['an architecture', { architectures: ['amd64'] }, 'the seccomp architecture amd64 is not known'],
  ['an operator', { syscalls: [forbidAcct({ index: 0, op: 'EQ' as 'SCMP_CMP_EQ', value: 1 })] }, 'no operator EQ'],
  ['an index', { syscalls: [forbidAcct({ index: 6, op: 'SCMP_CMP_EQ', value: 1 })] }, 'the seccomp rule for acct'],
  ['a value', { syscalls: [forbidAcct({ index: 0, op: 'SCMP_CMP_EQ', value: -1 })] }, 'the seccomp rule for acct'],
  [
    'a list of names',
    { syscalls: [{ action: 'SCMP_ACT_LOG' } as unknown as SeccompRule] },
    'a seccomp rule has no names',
  ],
])('a profile with %s that is none is refused', (_, wrong, message) => {
  expect(() => compileSeccomp({ ...profileOf(), ...wrong }, { arch: 'x64' })).toThrow(message);
});

test('a filter longer than the kernel takes is refused', () => {
  const rules = Array.from({ length: 1500 }, (_, value) => forbidAcct({ index: 0, op: 'SCMP_CMP_EQ', value }));
  expect(() => compileSeccomp(profileOf(...rules), { arch: 'x64' })).toThrow('the seccomp profile is too long');
});

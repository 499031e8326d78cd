import { describe, expect, test } from 'vitest';
import { type ProfileSubject, readSeccompProfile } from './seccomp-profile.ts';

const subject: ProfileSubject = { capabilities: ['CAP_SYS_CHROOT'], arch: 'x64', kernel: { major: 6, minor: 1 } };
const read = (profile: unknown, more: Partial<ProfileSubject> = {}) =>
  readSeccompProfile(JSON.stringify(profile), 'profile.json', { ...subject, ...more });
const allow = (name: string, conditions: object = {}) => ({ names: [name], action: 'SCMP_ACT_ALLOW', ...conditions });

test('a profile in the shape of OCI is taken as it is', () => {
  const profile = {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: 1,
    architectures: ['SCMP_ARCH_X86_64'],
    flags: ['SECCOMP_FILTER_FLAG_LOG'],
    syscalls: [
      { names: ['read', 'write'], action: 'SCMP_ACT_ALLOW' },
      { names: ['kill'], action: 'SCMP_ACT_ERRNO', errnoRet: 3, args: [{ index: 0, value: 1, op: 'SCMP_CMP_EQ' }] },
    ],
  };
  expect(read(profile)).toEqual(profile);
});

describe('a profile in Docker’s shape', () => {
  const archMap = [
    { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'] },
    { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] },
    { architecture: 'SCMP_ARCH_S390X', subArchitectures: null },
  ];

  test.each([
    ['x64', ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32']],
    ['arm64', ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM']],
    ['riscv64', undefined],
  ])('names the architectures of %s', (arch, architectures) => {
    expect(read({ defaultAction: 'SCMP_ACT_ERRNO', archMap }, { arch })).toEqual({
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [],
      ...(architectures === undefined ? {} : { architectures }),
    });
  });

  const cases: [string, object, Partial<ProfileSubject>, boolean][] = [
    ['without conditions', {}, {}, true],
    ['with empty conditions', { includes: {}, excludes: {} }, {}, true],
    ['with conditions that are null', { includes: null, excludes: null, args: null }, {}, true],
    ['for a capability it has', { includes: { caps: ['CAP_SYS_CHROOT'] } }, {}, true],
    ['for a capability it lacks', { includes: { caps: ['CAP_SYS_ADMIN'] } }, {}, false],
    ['for two capabilities, of which it has one', { includes: { caps: ['CAP_SYS_CHROOT', 'CAP_BPF'] } }, {}, false],
    ['not for a capability it has', { excludes: { caps: ['CAP_SYS_CHROOT'] } }, {}, false],
    ['not for two capabilities, of which it has one', { excludes: { caps: ['CAP_BPF', 'CAP_SYS_CHROOT'] } }, {}, false],
    ['not for a capability it lacks', { excludes: { caps: ['CAP_SYS_ADMIN'] } }, {}, true],
    ['for its architecture', { includes: { arches: ['arm64', 'amd64'] } }, {}, true],
    ['for another architecture', { includes: { arches: ['s390', 's390x'] } }, {}, false],
    ['for arm, on arm', { includes: { arches: ['arm64'] } }, { arch: 'arm64' }, true],
    ['not for its architecture', { excludes: { arches: ['amd64'] } }, {}, false],
    ['for an older kernel', { includes: { minKernel: '4.8' } }, {}, true],
    ['for its kernel', { includes: { minKernel: '6.1' } }, {}, true],
    ['for a newer kernel', { includes: { minKernel: '6.2' } }, {}, false],
    [
      'for a kernel whose minor number has two digits',
      { includes: { minKernel: '5.9' } },
      { kernel: { major: 5, minor: 10 } },
      true,
    ],
    ['not for kernels since an older one', { excludes: { minKernel: '4.8' } }, {}, false],
    ['for all of it', { includes: { caps: ['CAP_SYS_CHROOT'], arches: ['amd64'], minKernel: '5.0' } }, {}, true],
    ['for all of it but one', { includes: { caps: ['CAP_SYS_CHROOT'], arches: ['arm'], minKernel: '5.0' } }, {}, false],
    [
      'for what it is, and not for what it is',
      { includes: { arches: ['amd64'] }, excludes: { caps: ['CAP_SYS_CHROOT'] } },
      {},
      false,
    ],
  ];
  test.each(cases)('has a rule %s', (_, conditions, more, expected) => {
    const { syscalls } = read({ defaultAction: 'SCMP_ACT_ERRNO', syscalls: [allow('chroot', conditions)] }, more);
    expect(syscalls).toEqual(expected ? [allow('chroot')] : []);
  });

  test('may name a single call, as the oldest profiles do', () => {
    const syscalls = [{ name: 'acct', action: 'SCMP_ACT_ALLOW', args: [] }];
    expect(read({ defaultAction: 'SCMP_ACT_ERRNO', syscalls }).syscalls).toEqual([
      { names: ['acct'], action: 'SCMP_ACT_ALLOW', args: [] },
    ]);
  });
});

describe('what is no profile is refused', () => {
  test.each([
    ['', 'the seccomp profile profile.json is not JSON'],
    ['{', 'the seccomp profile profile.json is not JSON'],
    ['null', 'the seccomp profile profile.json has no defaultAction'],
    ['[]', 'the seccomp profile profile.json has no defaultAction'],
    ['{"defaultAction": 1}', 'the seccomp profile profile.json has no defaultAction'],
    [
      '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": {}}',
      'the syscalls of the seccomp profile profile.json are not a list of rules',
    ],
    [
      '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [null]}',
      'the syscalls of the seccomp profile profile.json are not a list of rules',
    ],
  ])('%s', (text, message) => {
    expect(() => readSeccompProfile(text, 'profile.json', subject)).toThrow(
      expect.objectContaining({ code: 'usage', message }),
    );
  });

  test('while one without rules is one', () => {
    expect(read({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: null })).toEqual({
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [],
    });
  });
});

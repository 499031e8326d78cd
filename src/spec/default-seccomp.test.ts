// The shape of the profile. That its verdicts are Docker's is test/conformance/seccomp-docker-profile.test.ts.
import { expect, test } from 'vitest';
import { defaultSeccomp } from './default-seccomp.ts';

const kernel = { major: 6, minor: 1 };
const namesFor = (capabilities: readonly string[], arch = 'x64') =>
  defaultSeccomp({ capabilities, arch, kernel }).syscalls![0]!.names;

test('calls are named once, and never as an empty word', () => {
  const names = namesFor([]);
  expect(names).toEqual([...new Set(names)]);
  for (const name of names) expect(name).toMatch(/^[a-z_][a-z0-9_]+$/);
});

test('a capability brings its calls', () => {
  expect(namesFor([])).not.toContain('mount');
  expect(namesFor(['CAP_SYS_ADMIN'])).toContain('mount');
  expect(namesFor(['CAP_SYS_TIME'])).toContain('clock_settime');
});

test('an architecture has its own calls and its foreign ABIs', () => {
  expect(namesFor([])).toContain('arch_prctl');
  expect(namesFor([], 'arm64')).toContain('set_tls');
  expect(namesFor([], 'arm64')).not.toContain('arch_prctl');
  const architectures = (arch: string) => defaultSeccomp({ capabilities: [], arch, kernel }).architectures;
  expect(architectures('x64')).toEqual(['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32']);
  expect(architectures('arm64')).toEqual(['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM']);
});

test('without CAP_SYS_ADMIN no new namespace is to be had, and clone3 is said not to exist', () => {
  const { syscalls } = defaultSeccomp({ capabilities: [], arch: 'x64', kernel });
  const [clone] = syscalls!.filter(({ names }) => names.includes('clone'));
  expect(clone!.args).toEqual([{ index: 0, op: 'SCMP_CMP_MASKED_EQ', value: 0x7e020000, valueTwo: 0 }]);
  expect(syscalls!.find(({ names }) => names.includes('clone3'))).toMatchObject({
    action: 'SCMP_ACT_ERRNO',
    errnoRet: 38,
  });
});

test('the profile survives being written into a bundle', () => {
  const profile = defaultSeccomp({ capabilities: ['CAP_SYS_ADMIN'], arch: 'x64', kernel });
  expect(JSON.parse(JSON.stringify(profile))).toEqual(profile);
});

// Our default seccomp profile against Docker's, call by call. Docker's is a committed copy of its data (the fixture names
// the version), read here by an evaluator of its own that shares nothing with the compiler but the tables of numbers.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { auditArch } from '../../src/kernel/audit-arch.ts';
import { type Abi, syscallNumbers, x32Bit } from '../../src/kernel/syscalls/index.ts';
import { compileSeccomp } from '../../src/launch/seccomp/compile.ts';
import { defaultSeccomp } from '../../src/spec/default-seccomp.ts';
import { nameVerdict, parseFilter, runFilter } from '../support/bpf.ts';
import { callNumbers, interestingArguments } from '../support/seccomp-calls.ts';

interface Filter {
  readonly caps?: readonly string[];
  readonly arches?: readonly string[];
  readonly minKernel?: string;
}
interface DockerRule {
  readonly names: string;
  readonly action: 'SCMP_ACT_ALLOW' | 'SCMP_ACT_ERRNO';
  readonly errnoRet?: number;
  readonly args?: readonly (readonly [index: number, op: string, value: number, valueTwo: number])[];
  readonly includes?: Filter;
  readonly excludes?: Filter;
}
interface DockerProfile {
  readonly defaultErrnoRet: number;
  readonly rules: readonly DockerRule[];
}
const docker: DockerProfile = JSON.parse(
  readFileSync(new URL('../fixtures/docker-seccomp.json', import.meta.url), 'utf8'),
);

const dockerArch = { x64: 'amd64', arm64: 'arm64' } as const;
type Subject = Parameters<typeof defaultSeccomp>[0] & { readonly arch: 'x64' | 'arm64' };

/** Includes want all of theirs, excludes are met by any of theirs: moby/profiles, seccomp_linux.go, setupSeccomp. */
function rulesFor({ capabilities, arch, kernel }: Subject): readonly DockerRule[] {
  const reaches = (version: string) => {
    const [major, minor] = version.split('.').map(Number);
    return kernel.major > major! || (kernel.major === major && kernel.minor >= minor!);
  };
  return docker.rules.filter(({ includes = {}, excludes = {} }) => {
    if (excludes.arches?.includes(dockerArch[arch])) return false;
    if (excludes.caps?.some((cap) => capabilities.includes(cap))) return false;
    if (includes.arches !== undefined && !includes.arches.includes(dockerArch[arch])) return false;
    if (includes.caps?.some((cap) => !capabilities.includes(cap))) return false;
    return includes.minKernel === undefined || reaches(includes.minKernel);
  });
}

function holds(op: string, arg: bigint, value: bigint, valueTwo: bigint): boolean {
  if (op === 'SCMP_CMP_EQ') return arg === value;
  if (op === 'SCMP_CMP_LT') return arg < value;
  if (op === 'SCMP_CMP_GT') return arg > value;
  if (op === 'SCMP_CMP_MASKED_EQ') return (arg & value) === valueTwo;
  throw new Error(`the fixture has an operator that this test does not know: ${op}`);
}

const abisOf = { x64: ['x86_64', 'x32', 'i386'], arm64: ['aarch64', 'arm'] } as const;
const namesOf = new Map<Abi, ReadonlyMap<number, string>>(
  [...abisOf.x64, ...abisOf.arm64].map((abi) => [
    abi,
    new Map([...syscallNumbers(abi)].map(([name, number]) => [number, name])),
  ]),
);
const nameOf = (abi: Abi, number: number) => namesOf.get(abi)!.get(number);

/** The ABI of a call on a machine; undefined for one that the machine cannot make. */
function abiOf(machine: 'x64' | 'arm64', arch: number, nr: number): Abi | undefined {
  const abi = abisOf[machine].find((candidate) => auditArch[candidate] === arch);
  return abi === 'x86_64' && nr >= x32Bit ? 'x32' : abi;
}

/** Docker's verdicts on one machine by the meaning of the rules: the first that matches, name by name. */
function evaluatorOf(rules: readonly DockerRule[]) {
  const rulesOf = new Map<string, DockerRule[]>();
  for (const rule of rules) {
    for (const name of rule.names.split(' ')) rulesOf.set(name, [...(rulesOf.get(name) ?? []), rule]);
  }
  const newest = new Map(
    [...namesOf.keys()].map((abi) => [
      abi,
      Math.max(...[...rulesOf.keys()].map((name) => syscallNumbers(abi).get(name) ?? 0)),
    ]),
  );
  return (abi: Abi, number: number, args: readonly bigint[]): string => {
    if (number > newest.get(abi)!) return 'errno 38';
    const bits = abi === 'x86_64' || abi === 'aarch64' ? 64 : 32;
    const rule = rulesOf
      .get(nameOf(abi, number) ?? '')
      ?.find(({ args: conditions = [] }) =>
        conditions.every(([index, op, value, valueTwo]) =>
          holds(op, BigInt.asUintN(bits, args[index]!), BigInt.asUintN(bits, BigInt(value)), BigInt(valueTwo)),
        ),
      );
    if (rule === undefined) return `errno ${docker.defaultErrnoRet}`;
    return rule.action === 'SCMP_ACT_ALLOW' ? 'allow' : `errno ${rule.errnoRet}`;
  };
}

const defaults =
  'CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE'
    .split(' ')
    .map((name) => `CAP_${name}`);
const special = [...new Set(docker.rules.flatMap(({ includes }) => includes?.caps ?? []))];
const capabilitySets: readonly (readonly [string, readonly string[]])[] = [
  ['no capability', []],
  ["Docker's default set", defaults],
  ['all', [...new Set([...defaults, ...special])]],
  ...special.map((one) => [`only ${one}`, [one]] as const),
];

for (const arch of ['x64', 'arm64'] as const) {
  test.each(capabilitySets)(
    `on ${arch} the default filter answers each call as Docker's profile does, with %s`,
    (_, capabilities) => {
      const subject = { capabilities, arch, kernel: { major: 6, minor: 1 } };
      const profile = defaultSeccomp(subject);
      const program = parseFilter(compileSeccomp(profile, { arch }).filter);
      const rules = rulesFor(subject);
      const dockerVerdict = evaluatorOf(rules);
      const conditional = new Set(rules.filter(({ args }) => args !== undefined).map(({ names }) => names));
      const sets = interestingArguments(profile);
      const plain = [sets[0]!, sets.at(-1)!];
      const differences: string[] = [];
      for (const call of callNumbers(arch)) {
        const abi = abiOf(arch, call.arch, call.nr);
        const number = abi === 'x32' ? call.nr - x32Bit : call.nr;
        const name = abi && nameOf(abi, number);
        for (const args of name !== undefined && conditional.has(name) ? sets : plain) {
          const ours = nameVerdict(runFilter(program, { ...call, args }).verdict);
          const theirs = abi === undefined ? 'kill thread' : dockerVerdict(abi, number, args);
          if (ours !== theirs) differences.push(`${abi} ${name ?? number} (${args}): ${ours}, not ${theirs}`);
        }
      }
      expect(differences).toEqual([]);
    },
  );
}

test('a kernel older than 4.8 keeps ptrace from containers without CAP_SYS_PTRACE, as Docker does', () => {
  for (const minor of [7, 8]) {
    const subject = { capabilities: defaults, arch: 'x64', kernel: { major: 4, minor } } as const;
    const program = parseFilter(compileSeccomp(defaultSeccomp(subject), { arch: 'x64' }).filter);
    const nr = syscallNumbers('x86_64').get('ptrace')!;
    const verdict = nameVerdict(runFilter(program, { nr, arch: auditArch.x86_64 }).verdict);
    expect(verdict).toBe(evaluatorOf(rulesFor(subject))('x86_64', nr, [0n, 0n, 0n, 0n, 0n, 0n]));
    expect(verdict).toBe(minor < 8 ? 'errno 1' : 'allow');
  }
});

test('the default filter decides any call on x86_64 within 25 instructions', () => {
  const subject = { capabilities: defaults, arch: 'x64', kernel: { major: 6, minor: 1 } };
  const program = parseFilter(compileSeccomp(defaultSeccomp(subject), { arch: 'x64' }).filter);
  const longest = Math.max(...callNumbers('x64').map((call) => runFilter(program, call).steps));
  expect(longest).toBeLessThanOrEqual(25);
});

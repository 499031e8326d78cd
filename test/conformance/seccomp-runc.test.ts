// Our seccomp compiler against libseccomp: runc is given the same OCI profile, the filter it installs is read back from
// the kernel, and both filters must answer every call with every interesting set of arguments alike.
import { accessSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditArch } from '../../src/kernel/audit-arch.ts';
import { syscallNumbers, x32Bit } from '../../src/kernel/syscalls/index.ts';
import { compileSeccomp } from '../../src/launch/seccomp/compile.ts';
import { defaultSeccomp } from '../../src/spec/default-seccomp.ts';
import type { Seccomp, SeccompArg, SeccompRule } from '../../src/spec/types.ts';
import { nameVerdict, parseFilter, runFilter } from '../support/bpf.ts';
import { callsToCompare } from '../support/seccomp-calls.ts';
import { type LibseccompTable, RuncPeer, readLibseccompTable } from '../support/seccomp-peer.ts';

function missing(): string | undefined {
  if (process.arch !== 'x64') return 'the peer filters are compared on x86_64 only';
  for (const path of ['/usr/sbin/runc', '/bin/busybox']) {
    try {
      accessSync(path);
    } catch {
      return `${path} is not installed`;
    }
  }
  return process.getuid!() === 0 ? undefined : 'root is needed';
}
const reason = missing();

let peer: RuncPeer;
beforeAll(() => {
  if (reason === undefined) peer = new RuncPeer();
});
afterAll(() => peer?.[Symbol.dispose]());

const arg = (index: number, op: SeccompArg['op'], value: number, valueTwo?: number): SeccompArg => ({
  index,
  op,
  value,
  ...(valueTwo === undefined ? {} : { valueTwo }),
});
const forbid = (names: string, errnoRet: number, ...args: SeccompArg[]): SeccompRule => ({
  names: names.split(' '),
  action: 'SCMP_ACT_ERRNO',
  errnoRet,
  ...(args.length === 0 ? {} : { args }),
});
const everyArchitecture = ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'];

/** Calls that neither runc nor the container's sleep makes, so that any verdict on them may be tried. */
const profiles: Readonly<Record<string, Seccomp>> = {
  'each comparison': {
    defaultAction: 'SCMP_ACT_ALLOW',
    architectures: everyArchitecture,
    syscalls: [
      forbid('acct', 41, arg(0, 'SCMP_CMP_NE', 7)),
      forbid('swapon', 42, arg(1, 'SCMP_CMP_LT', 0x1_0000_0005)),
      forbid('swapoff', 43, arg(2, 'SCMP_CMP_LE', 5)),
      forbid('reboot', 44, arg(3, 'SCMP_CMP_EQ', 0x2_0000_0000)),
      forbid('quotactl', 45, arg(4, 'SCMP_CMP_GE', 0x1_0000_0000)),
      forbid('sysfs', 46, arg(5, 'SCMP_CMP_GT', 0xffff_ffff)),
      forbid('ustat', 47, arg(0, 'SCMP_CMP_MASKED_EQ', 0xf0, 0x30)),
      forbid('vhangup', 48, arg(0, 'SCMP_CMP_MASKED_EQ', 0xf_0000_0001, 0x3_0000_0001)),
      forbid('personality', 49, arg(0, 'SCMP_CMP_MASKED_EQ', 0xf_0000_0000, 0x3_0000_0000)),
      forbid('iopl', 50, arg(0, 'SCMP_CMP_MASKED_EQ', 0, 0)),
    ],
  },
  'several conditions, and several rules for one call': {
    defaultAction: 'SCMP_ACT_ALLOW',
    architectures: everyArchitecture,
    syscalls: [
      forbid('acct', 41, arg(0, 'SCMP_CMP_EQ', 7), arg(1, 'SCMP_CMP_GT', 9), arg(2, 'SCMP_CMP_NE', 0)),
      forbid('swapon', 42, arg(0, 'SCMP_CMP_GE', 5), arg(0, 'SCMP_CMP_LT', 3)),
      forbid('reboot', 43, arg(0, 'SCMP_CMP_EQ', 1)),
      forbid('reboot', 43, arg(0, 'SCMP_CMP_EQ', 2), arg(1, 'SCMP_CMP_LE', 0x5_0000_0005)),
      forbid('reboot', 44, arg(0, 'SCMP_CMP_EQ', 3)),
      forbid('sysfs', 45, arg(0, 'SCMP_CMP_EQ', 1)),
      forbid('sysfs', 46),
      forbid('ustat', 47),
      forbid('ustat', 48, arg(0, 'SCMP_CMP_EQ', 1)),
    ],
  },
  'each action': {
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: (
      [
        ['acct', 'SCMP_ACT_KILL'],
        ['swapon', 'SCMP_ACT_KILL_PROCESS'],
        ['swapoff', 'SCMP_ACT_KILL_THREAD'],
        ['reboot', 'SCMP_ACT_TRAP'],
        ['quotactl', 'SCMP_ACT_ERRNO'],
        ['sysfs', 'SCMP_ACT_TRACE'],
        ['ustat', 'SCMP_ACT_LOG'],
        ['vhangup', 'SCMP_ACT_ALLOW'],
      ] as const
    ).map(([name, action]) => ({ names: [name], action })),
  },
  'the doors to sockets and IPC on i386': {
    defaultAction: 'SCMP_ACT_ALLOW',
    architectures: everyArchitecture,
    syscalls: [
      forbid('socket accept send semop shmctl', 41),
      forbid('bind msgget', 42, arg(0, 'SCMP_CMP_EQ', 3), arg(1, 'SCMP_CMP_GT', 4)),
    ],
  },
  'only the native architecture': {
    defaultAction: 'SCMP_ACT_ALLOW',
    architectures: ['SCMP_ARCH_X86_64'],
    syscalls: [forbid('acct', 41)],
  },
  'a rule that repeats the default': {
    ...defaultSeccomp({ capabilities: [], arch: 'x64', kernel: { major: 6, minor: 1 } }),
    syscalls: [
      ...defaultSeccomp({ capabilities: [], arch: 'x64', kernel: { major: 6, minor: 1 } }).syscalls!,
      forbid('acct', 1),
      forbid('acct', 41, arg(0, 'SCMP_CMP_EQ', 7)),
    ],
  },
  'the default profile without capabilities': defaultSeccomp({
    capabilities: [],
    arch: 'x64',
    kernel: { major: 6, minor: 1 },
  }),
  'the default profile with CAP_SYS_ADMIN and more': defaultSeccomp({
    capabilities: ['CAP_SYS_ADMIN', 'CAP_SYS_NICE', 'CAP_SYS_TIME', 'CAP_DAC_READ_SEARCH'],
    arch: 'x64',
    kernel: { major: 6, minor: 1 },
  }),
};

const abis = ['x86_64', 'i386', 'x32'] as const;
const allNames = [...new Set(abis.flatMap((abi) => [...syscallNumbers(abi).keys()]))];

test.skipIf(reason !== undefined)('our numbers are those of libseccomp, for all calls that both know', () => {
  const table = readLibseccompTable(allNames, peer.folder);
  for (const abi of abis) {
    const wrong = [...table[abi]].filter(([name, number]) => number >= 0 && syscallNumbers(abi).get(name) !== number);
    expect(wrong).toEqual([]);
    expect(table[abi].size).toBeGreaterThan(300);
  }
});

/** Calls that the machine's libseccomp is too old to know: it drops a rule for them. */
function unknownCalls(table: LibseccompTable): ReadonlySet<string> {
  const unknown = new Set<string>();
  for (const abi of abis) {
    for (const [name, number] of syscallNumbers(abi)) {
      if (!table[abi].has(name)) unknown.add(`${auditArch[abi]} ${abi === 'x32' ? x32Bit + number : number}`);
    }
  }
  return unknown;
}

test.skipIf(reason !== undefined).each(Object.entries(profiles))(
  `runc and we answer alike: %s${reason === undefined ? '' : ` (${reason})`}`,
  async (_, profile) => {
    const theirs = parseFilter(await peer.filterFor(profile));
    const table = readLibseccompTable(allNames, peer.folder);
    const comparable = { ...profile, syscalls: profile.syscalls!.map((rule) => onlyKnown(rule, table)) };
    const ours = parseFilter(compileSeccomp(comparable, { arch: 'x64' }).filter);
    const unknown = unknownCalls(table);
    const differences: string[] = [];
    for (const call of callsToCompare('x64', comparable)) {
      const [our, their] = [runFilter(ours, call).verdict, runFilter(theirs, call).verdict];
      const where = `${call.arch} ${call.nr}`;
      if (our === their || unknown.has(where)) continue;
      differences.push(`${where} (${call.args}): ${nameVerdict(our)}, not ${nameVerdict(their)}`);
    }
    expect(differences).toEqual([]);
  },
);

function onlyKnown(rule: SeccompRule, table: LibseccompTable): SeccompRule {
  return { ...rule, names: rule.names.filter((name) => abis.some((abi) => table[abi].has(name))) };
}

import { describe, expect, test } from 'vitest';
import { showArgument } from './explain.ts';
import { compileProcess, type ResolvedProcess } from './process.ts';
import type { Memory } from './program.ts';

const none = { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] };
const plain: ResolvedProcess = {
  path: '/bin/sh',
  args: ['sh'],
  env: [],
  cwd: '/',
  uid: 0,
  gid: 0,
  groups: [0],
  umask: 0o22,
  capabilities: none,
  noNewPrivileges: false,
  seccomp: undefined,
  rlimits: [],
  ownStdio: [0, 1, 2],
};
const filter = { defaultAction: 'SCMP_ACT_ALLOW' } as const;
const steps = (changes: Partial<ResolvedProcess>) => compileProcess({ ...plain, ...changes }, 10).steps;
const lines = (changes: Partial<ResolvedProcess>): string[] =>
  steps(changes).map(({ call, args }) => `${call}(${args.map(showArgument).join(', ')})`);
const calls = (changes: Partial<ResolvedProcess>): string[] =>
  steps(changes)
    .map(({ call }) => call)
    .filter((call, index, all) => call !== 'prctl' || all[index - 1] !== 'prctl');

test('what is taken away is taken in the order in which it is needed', () => {
  expect(calls({})).toEqual([
    'close_range',
    'prctl',
    'setgroups',
    'setresgid',
    'setresuid',
    'capset',
    'prctl',
    'chdir',
    'umask',
    'execve',
  ]);
  expect(steps({})[0]!.number).toBe(10);
});

describe('the system call filter', () => {
  const order = (noNewPrivileges: boolean) => calls({ seccomp: filter, noNewPrivileges });

  test('is loaded while the process may, before its capabilities go', () => {
    expect(order(false).indexOf('seccomp')).toBeLessThan(order(false).indexOf('prctl'));
  });

  test('is the last thing before the command where no new privileges are to be had', () => {
    expect(order(true).slice(-3)).toEqual(['prctl', 'seccomp', 'execve']);
    expect(lines({ noNewPrivileges: true })).toContain('prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)');
    expect(lines({})).not.toContain('prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)');
  });

  test('is loaded once, and not where there is none', () => {
    expect(order(true).filter((call) => call === 'seccomp')).toHaveLength(1);
    expect(order(false).filter((call) => call === 'seccomp')).toHaveLength(1);
    expect(calls({})).not.toContain('seccomp');
  });
});

describe('capabilities', () => {
  const dropped = (bounding: readonly string[]): string[] =>
    lines({ capabilities: { ...none, bounding } }).filter((line) => line.includes('PR_CAPBSET_DROP'));

  test('that are not in the bounding set are dropped from it, all others stay', () => {
    expect(dropped([])).toHaveLength(41);
    expect(dropped(['CAP_CHOWN', 'CAP_KILL'])).toHaveLength(39);
    expect(dropped(['CAP_CHOWN'])).not.toContain('prctl(PR_CAPBSET_DROP, CAP_CHOWN, 0, 0, 0)');
    expect(dropped(['CAP_CHOWN'])).toContain('prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN, 0, 0, 0)');
  });

  test('that an old kernel does not know need not be dropped', () => {
    const drops = steps({}).filter(({ why }) => why.endsWith('the bounding set'));
    for (const { accepted } of drops) expect(accepted).toEqual(['EINVAL']);
  });

  test('are set as three sets of two words each', () => {
    const sets = {
      ...none,
      effective: ['CAP_CHOWN'],
      permitted: ['CAP_CHOWN', 'CAP_BPF'],
      inheritable: ['CAP_DAC_OVERRIDE'],
    };
    const capset = steps({ capabilities: sets }).find(({ call }) => call === 'capset')!;
    const words = (capset.args[1] as Memory).parts.map((part) => (part as [number, number])[1]);
    expect(words).toEqual([1, 1, 2, 0, 1 << 7, 0]);
  });

  test('of the ambient set are raised after it was cleared', () => {
    const ambient = lines({ capabilities: { ...none, ambient: ['CAP_NET_RAW'] } }).filter((line) =>
      line.includes('AMBIENT'),
    );
    expect(ambient).toEqual([
      'prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)',
      'prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0)',
    ]);
  });
});

describe('a process', () => {
  test('is given its standard streams where they are the container’s and it is not root', () => {
    const given = (changes: Partial<ResolvedProcess>) => lines(changes).filter((line) => line.startsWith('fchown('));
    expect(given({ uid: 1000, ownStdio: [1, 2] })).toEqual(['fchown(1, 1000, -1)', 'fchown(2, 1000, -1)']);
    expect(given({ uid: 1000, ownStdio: [] })).toEqual([]);
    expect(given({ uid: 0 })).toEqual([]);
  });

  test('closes all descriptors but five before its working directory is entered (CVE-2024-21626)', () => {
    const all = lines({ cwd: '/proc/self/fd/7' });
    expect(all.indexOf('close_range(5, ~0U, 0)')).toBeGreaterThanOrEqual(0);
    expect(all.indexOf('close_range(5, ~0U, 0)')).toBeLessThan(all.indexOf('chdir("/proc/self/fd/7")'));
  });

  test('enters its working directory with its own rights', () => {
    const all = calls({ uid: 1000 });
    expect(all.indexOf('chdir')).toBeGreaterThan(all.indexOf('capset'));
  });

  test('takes its groups before its user, who might not change them any more', () => {
    const all = lines({ uid: 7, gid: 8, groups: [8, 9] });
    const order = ['setgroups(2, [8, 9])', 'setresgid(8, 8, 8)', 'setresuid(7, 7, 7)'];
    expect(all.filter((line) => order.includes(line))).toEqual(order);
    expect(lines({ groups: [] })).toContain('setgroups(0, [])');
  });

  test('dies with the shim, which is said after the change of user, that would forget it', () => {
    const all = lines({ uid: 1 });
    expect(all.indexOf('prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)')).toBeGreaterThan(all.indexOf('setresuid(1, 1, 1)'));
  });

  test('becomes its command, with its arguments and its environment', () => {
    const all = lines({ args: ['sh', '-c', 'a "b"'], env: ['A=b'], umask: 0o77 });
    expect(all.at(-1)).toBe('execve("/bin/sh", ["sh", "-c", "a \\"b\\""], ["A=b"])');
    expect(all.at(-2)).toBe('umask(077)');
  });
});

describe('limits of resources', () => {
  const limitOf = (soft: number, hard: number, type = 'RLIMIT_NOFILE') => {
    const step = steps({ rlimits: [{ type, soft, hard }] }).find(({ call }) => call === 'prlimit64')!;
    return [step.args[1], ...(step.args[2] as Memory).parts];
  };
  const unlimited = 2n ** 64n - 1n;

  test.each([
    [1024, 2048, 1024n, 2048n],
    [0, 0, 0n, 0n],
    [-1, -1, unlimited, unlimited],
    [1, Number.POSITIVE_INFINITY, 1n, unlimited],
    [2 ** 53, 2 ** 64, 2n ** 53n, unlimited],
  ])('%d and %d', (soft, hard, softWord, hardWord) => {
    expect(limitOf(soft, hard)).toEqual([
      { kind: 'named', text: 'RLIMIT_NOFILE', value: 7 },
      [8, softWord],
      [8, hardWord],
    ]);
  });

  test.each([
    ['RLIMIT_CPU', 0],
    ['RLIMIT_CORE', 4],
    ['RLIMIT_NPROC', 6],
    ['RLIMIT_MEMLOCK', 8],
    ['RLIMIT_RTTIME', 15],
  ])('%s is number %i', (type, value) => {
    expect(limitOf(1, 1, type)[0]).toMatchObject({ value });
  });

  test('are set while the process may still raise them', () => {
    const all = calls({ rlimits: [{ type: 'RLIMIT_NOFILE', soft: 1, hard: 1 }], seccomp: filter });
    expect(all.indexOf('prlimit64')).toBeLessThan(all.indexOf('seccomp'));
    expect(all.indexOf('prlimit64')).toBeLessThan(all.indexOf('capset'));
  });

  test.each(['RLIMIT_NONSENSE', 'constructor'])('%s is none', (type) => {
    expect(() => steps({ rlimits: [{ type, soft: 1, hard: 1 }] })).toThrow(
      expect.objectContaining({ code: 'usage', message: `the resource limit ${type} is not known` }),
    );
  });
});

import { expect, test } from 'vitest';
import { optionsWith } from '../../test/support/run-options.ts';
import { capabilitySets, defaultCapabilities } from '../spec/capabilities.ts';
import { compileSpec } from '../spec/compile-spec.ts';
import type { RunOptions } from '../spec/run-options.ts';
import type { Spec } from '../spec/types.ts';
import { encodePhase } from './encode.ts';
import { compileExec, type ExecProgram } from './execute.ts';
import { explainProgram } from './explain.ts';
import { compileProcess } from './process.ts';
import type { Phase } from './program.ts';

const map = [{ containerID: 0, hostID: 100_000, size: 65_536 }];

const specOf = (options: Partial<RunOptions>): Spec =>
  compileSpec(
    optionsWith(options),
    { Cmd: ['sh'] },
    {
      id: '0123456789ab',
      hostname: 'machine',
      knownCapabilities: defaultCapabilities,
      capabilities: defaultCapabilities,
      arch: process.arch,
      kernel: { major: 6, minor: 12 },
      devices: [],
      hostDevices: [],
      seccompProfile: undefined,
      ownMounts: [],
    },
  );

function compile(options: Partial<RunOptions>, more: Partial<ExecProgram> = {}): [Phase, Phase] {
  const spec = specOf(options);
  const first = compileExec({ spec, cgroup: '/sys/fs/cgroup/tsdocker/0123456789ab/payload', terminal: false, ...more });
  const last = compileProcess(
    {
      path: '/bin/sh',
      args: ['sh', '-c', 'echo "hello"'],
      env: ['PATH=/bin', 'HOME=/'],
      cwd: '/',
      uid: 1000,
      gid: 1000,
      groups: [1000],
      umask: 0o22,
      capabilities: capabilitySets(spec.process.capabilities!.bounding, 1000),
      noNewPrivileges: false,
      seccomp: spec.linux.seccomp,
      rlimits: [],
      ownStdio: [1, 2],
    },
    first.steps.length,
  );
  return [first, last];
}

const variants: Record<string, [Partial<RunOptions>, Partial<ExecProgram>?]> = {
  'a command': [{}],
  'a command with a terminal': [{}, { terminal: true, windowSize: { height: 24, width: 80 } }],
  'a command in a user namespace': [{ uidMap: map, gidMap: map }],
  'a command in a container of the host’s namespaces': [{ pid: 'host', network: 'host', ipc: 'host', uts: 'host' }],
};

/** The length of the system call filter is the architecture's. */
const explain = (phases: readonly Phase[]): string => explainProgram(phases).replace(/len=\d+(.*?) +#/, 'len=…$1  #');
const callsOf = (phases: readonly Phase[]): string[] => phases.flatMap(({ steps }) => steps.map(({ call }) => call));

test.each(Object.keys(variants).slice(0, 3))('%s as it is explained', async (name) => {
  const file = `./__snapshots__/exec-${name.replaceAll(' ', '-')}.txt`;
  await expect(explain(compile(...variants[name]!))).toMatchFileSnapshot(file);
});

test.each(Object.keys(variants))('%s: hides before it joins, joins before it clones, and ends by executing', (name) => {
  const phases = compile(...variants[name]!);
  const calls = callsOf(phases);
  expect(calls[0]).toBe('prctl'); // PR_SET_DUMPABLE
  expect(calls.indexOf('setns')).toBeLessThan(calls.indexOf('clone3'));
  expect(calls.indexOf('clone3')).toBeLessThan(calls.indexOf('setsid'));
  expect(calls.filter((call) => call === 'clone3')).toHaveLength(1);
  expect(calls.at(-1)).toBe('execve');
  expect(calls.indexOf('close_range')).toBeLessThan(calls.indexOf('chdir'));
  for (const phase of phases) expect(encodePhase(phase).byteLength).toBeLessThan(2 ** 20);
});

test('all namespaces of the container are joined, and of the host’s none', () => {
  const joined = (name: string): string =>
    explain(compile(...variants[name]!))
      .match(/setns\([^)]*\)/g)!
      .join();
  for (const flag of ['CLONE_NEWPID', 'CLONE_NEWNET', 'CLONE_NEWNS', 'CLONE_NEWIPC', 'CLONE_NEWUTS', 'CLONE_NEWCGROUP'])
    expect(joined('a command')).toContain(flag);
  expect(joined('a command')).not.toContain('CLONE_NEWUSER');
  expect(joined('a command in a user namespace')).toContain('CLONE_NEWUSER');
  for (const flag of ['CLONE_NEWPID', 'CLONE_NEWNET', 'CLONE_NEWIPC', 'CLONE_NEWUTS'])
    expect(joined('a command in a container of the host’s namespaces')).not.toContain(flag);
});

test('standard descriptors are the shim’s pipes, or a terminal of the container’s that becomes its own', () => {
  const whys = (name: string): string[] => compile(...variants[name]!)[0].steps.map(({ why }) => why);
  expect(whys('a command').filter((why) => why.startsWith('using the shim’s pipe'))).toHaveLength(3);
  const own = whys('a command with a terminal');
  expect(own.filter((why) => why.startsWith('using the shim’s pipe'))).toEqual([]);
  expect(own.indexOf('taking it as controlling terminal')).toBeGreaterThan(own.indexOf('starting a session'));
});

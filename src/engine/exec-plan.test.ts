import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { optionsWith } from '../../test/support/run-options.ts';
import * as k from '../kernel/constants.ts';
import { kernel } from '../kernel/index.ts';
import { explainProgram } from '../launch/explain.ts';
import { defaultCapabilities } from '../spec/capabilities.ts';
import { compileSpec } from '../spec/compile-spec.ts';
import { type ExecOptions, execPhases } from './exec-plan.ts';
import type { ContainerRoot } from './look-up.ts';

let folder: string;
let root: ContainerRoot;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-exec-plan-'));
  mkdirSync(join(folder, 'etc'));
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nweb:x:5:7::/srv:/bin/sh\n');
  writeFileSync(join(folder, 'bin/tool'), '', { mode: 0o755 });
  const descriptor = kernel.openat(k.AT_FDCWD, folder, k.O_PATH | k.O_DIRECTORY);
  root = { descriptor, [Symbol.dispose]: () => kernel.close(descriptor) };
});
afterAll(() => {
  root[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const spec = compileSpec(
  optionsWith({ env: ['OWN=1'], workdir: '/srv' }),
  { Cmd: ['sh'], Env: ['PATH=/bin'] },
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
const plain: ExecOptions = { command: ['tool', 'a'], env: [], interactive: false, tty: false, privileged: false };

function last(options: Partial<ExecOptions> = {}, user = 'web', env = spec.process.env): string {
  const own = { ...spec, process: { ...spec.process, env } };
  const hierarchy = { path: '/sys/fs/cgroup' } as Parameters<typeof execPhases>[0]['hierarchy'];
  const target = { id: '0123456789ab', spec: own, hierarchy, user, groupAdd: ['44'], permitted: 1n };
  return explainProgram([execPhases(target, { ...plain, ...options }, root)[1]]);
}

test('the command is found in the container’s PATH, and is run in its folder as its user with its groups', () => {
  const text = last();
  expect(text).toMatch(/execve\("\/bin\/tool", \["tool", "a"\]/);
  expect(text).toMatch(/chdir\("\/srv"\)/);
  expect(text).toMatch(/setresuid\(5, 5, 5\)/);
  expect(text).toMatch(/setresgid\(7, 7, 7\)/);
  expect(text).toContain('"OWN=1"');
});

test('another user has none of the container’s extra groups, and another HOME', () => {
  const text = last({ user: 'root' }, 'web', ['PATH=/bin', 'HOME=/srv']);
  expect(text).toMatch(/setresuid\(0, 0, 0\)/);
  expect(text).toContain('"HOME=/root"');
  expect(text).not.toContain('"HOME=/srv"');
  expect(text).not.toMatch(/setgroups\([^)]*44/);
});

test('variables that are given win over the container’s, and a terminal has a TERM', () => {
  const text = last({ env: ['OWN=2'], tty: true });
  expect(text).toContain('"OWN=2"');
  expect(text).not.toContain('"OWN=1"');
  expect(text).toContain('"TERM=xterm"');
  expect(last({ env: ['TERM=vt100'], tty: true })).toContain('"TERM=vt100"');
});

test('only with --privileged there is no system call filter', () => {
  expect(last()).toMatch(/seccomp/);
  expect(last({ privileged: true })).not.toMatch(/seccomp\(/);
});

test.each([
  [{ command: ['nosuch'] }, 'commandNotFound'],
  [{ command: [''] }, 'commandNotFound'],
  [{ command: ['/etc'] }, 'commandNotExecutable'],
  [{ command: ['/etc/passwd'] }, 'commandNotExecutable'],
  [{ user: 'nosuch' }, 'notFound'],
  [{ user: '0:nosuch' }, 'notFound'],
])('%j is %s', (options, code) => {
  expect(() => last(options)).toThrow(expect.objectContaining({ code }));
});

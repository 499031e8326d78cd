// The promise of --explain: the program it prints is the program that runs. A container is started under strace(1), and the
// calls of its helper and its first process are the printed ones, step for step.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostState } from '../support/host-state.ts';
import { makeStore, program, type TestStore } from '../support/tsdocker.ts';

interface ExplainedStep {
  readonly number: number;
  readonly call: string;
  readonly args: readonly string[];
  readonly why: string;
  readonly accepted: readonly string[];
  readonly branch: boolean;
}

let store: TestStore;
let folder: string;
beforeAll(() => {
  store = makeStore();
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-explain-'));
  store.sh('true');
});
afterAll(() => {
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

const flags = [
  '--hostname',
  'explained',
  '--user',
  '1000:1000',
  '--read-only',
  '--tmpfs',
  '/tmp',
  '-v',
  '/etc:/host:ro',
];
const command = ['localhost/busybox', 'true'];

const explain = (...more: string[]): ExplainedStep[] => {
  const { stdout, stderr } = store.tsdocker('run', '--explain=json', ...more, ...command);
  expect(stderr).toBe('');
  return (JSON.parse(stdout) as { steps: ExplainedStep[] }[]).flatMap(({ steps }) => steps);
};

/** The calls of the process that made the container, from the logs of strace -ff: name and whole line. */
function tracedCalls(logs: string): { name: string; line: string }[][] {
  return readdirSync(logs).map((log) =>
    readFileSync(join(logs, log), 'utf8')
      .split('\n')
      .flatMap((line) => {
        const [, name] = /^(\w+)\(/.exec(line) ?? [];
        return name === undefined ? [] : [{ name, line }];
      }),
  );
}

/** The interpreter's own calls between steps: it reads phases into mappings and writes reports. */
const isInterpreters = ({ name, line }: { name: string; line: string }): boolean =>
  (name === 'read' && line.startsWith('read(3,')) ||
  (name === 'mmap' && line.includes('MAP_ANONYMOUS')) ||
  (name === 'write' && /^write\([34],/.test(line));

const alone = ['--network', 'none'];

test.each([[alone], [[...flags, ...alone]], [flags]])(
  'what --explain prints with %j is what strace sees, step for step',
  (more) => {
    const steps = explain('--rm', ...more).filter(({ call }) => call !== 'wait');
    const logs = mkdtempSync(join(folder, 'logs-'));
    const run = spawnSync(
      'strace',
      ['-ff', '-qq', '-s', '4096', '-o', join(logs, 'log'), program, 'run', '--rm', ...more, ...command],
      {
        env: { PATH: process.env.PATH, TSDOCKER_ROOT: store.root },
        encoding: 'utf8',
      },
    );
    expect(run).toMatchObject({ status: 0 });

    const split = steps.findIndex(({ branch }) => branch);
    const processes = tracedCalls(logs);
    // The helper is the process whose clone3 enters the cgroup; the container's is the one that starts a session.
    const helper = processes.find((calls) =>
      calls.some(
        ({ name, line }) => name === 'clone3' && line.includes('CLONE_INTO_CGROUP') && line.includes('CLONE_NEWPID'),
      ),
    )!;
    const first = processes.find((calls) =>
      calls.some(({ name, line }) => name === 'prctl' && line.includes('PR_SET_DUMPABLE')),
    )!;
    const made = (calls: typeof helper, from: string, to: string) => {
      const own = calls.filter((call) => !isInterpreters(call));
      const begin = own.findIndex(({ name }) => name === from);
      return own.slice(begin, own.findIndex(({ name }, index) => index >= begin && name === to) + 1);
    };

    const hostSteps = steps.slice(0, split + 1);
    const hostCalls = made(helper, hostSteps[0]!.call, 'clone3');
    const containerSteps = steps.slice(split + 1);
    const containerCalls = made(first, containerSteps[0]!.call, 'execve');
    for (const [printed, seen] of [
      [hostSteps, hostCalls],
      [containerSteps, containerCalls],
    ] as const) {
      // A step whose input is missing is skipped: nothing of it is to be seen, and nothing else in its place.
      let at = 0;
      for (const step of printed) {
        const call = seen[at];
        if (call?.name === step.call && agrees(step, call.line)) at++;
        else
          expect(
            steps.some(({ accepted, number }) => accepted.length > 0 && number < step.number),
            `${step.number} ${step.call} against ${call?.line}`,
          ).toBe(true);
      }
      expect(seen.slice(at).map(({ line }) => line)).toEqual([]);
      expect(at).toBeGreaterThan(printed.length * 0.9);
    }
  },
);

/** Every path that a step names stands in the line that strace printed; the container's id differs from run to run. */
function agrees(step: ExplainedStep, line: string): boolean {
  const neutral = (text: string): string => text.replace(/[0-9a-f]{64}/g, '<id>');
  return step.args.filter((arg) => arg.startsWith('"/')).every((arg) => neutral(line).includes(neutral(arg)));
}

test('--explain starts nothing and leaves nothing', () => {
  const before = hostState(store.root);
  const { status, stdout, stderr } = store.tsdocker('run', '--explain', ...flags, ...command);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^host program: .*\n {2}bind mounts\n +0 {2}open_tree\(AT_FDCWD, "\/etc", /m);
  expect(stdout).toMatch(/fsopen\("overlay", FSOPEN_CLOEXEC\) = <overlay> +# opening an overlay\n/);
  expect(stdout).toMatch(/mounting proc on \/proc/);
  expect(stdout).toMatch(/execve\("\/s?bin\/true", \["true"\], /);
  expect(hostState(store.root)).toEqual(before);
});

test('--explain finds out what cannot be started', () => {
  const ended = store.tsdocker('run', '--explain', '--network', 'none', 'localhost/busybox', 'no-such-command');
  expect(ended).toMatchObject({ status: 127, stdout: '' });
});

test('an error of a step names it', () => {
  const ended = store.tsdocker(
    'run',
    '--rm',
    '--network',
    'none',
    '--sysctl',
    'net.no.such=1',
    'localhost/busybox',
    'true',
  );
  expect(ended.stderr).toMatch(
    /^tsdocker: cannot start [a-z]+_[a-z]+: opening sys\/net\/no\/such in the proc of our own failed: ENOENT/,
  );
});

// Whatever cannot be done gets one clear line and the right exit status, and leaves nothing behind.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readHierarchy } from '../../src/cgroup/hierarchy.ts';
import { hostState } from '../support/host-state.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
let folder: string;
beforeAll(() => {
  store = makeStore();
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-bad-'));
  expect(store.tsdocker('run', '--name', 'taken', '--network', 'none', 'localhost/busybox', 'true').status).toBe(0);
  writeFileSync(join(folder, 'profile'), 'not json');
  writeFileSync(
    join(folder, 'nonsense'),
    '{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_FLY"}]}',
  );
  writeFileSync(join(folder, 'cid'), '');
});
afterAll(() => {
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

const image = 'localhost/busybox';
const run = (...words: string[]): string[] => ['run', '--network', 'none', ...words];

const cases: readonly (readonly [words: () => string[], status: number, line: RegExp])[] = [
  [() => run('localhost/no-such-image'), 125, /localhost\/no-such-image/],
  [() => run('127.0.0.1:59999/x'), 125, /127\.0\.0\.1:59999 cannot be reached/],
  [() => run('--pull', 'never', 'absent'), 125, /the image absent is not in the store/],
  [() => run('UPPER'), 125, /lower case/],
  [() => run(image, 'no-such-command'), 127, /the command "no-such-command" is not in the image/],
  [() => run(image, '/bin/no-such-command'), 127, /the command "\/bin\/no-such-command" is not in the image/],
  [() => run(image, '/etc/passwd'), 126, /has no execute permission/],
  [() => run(image, '/etc'), 126, /is a directory/],
  [() => run('-u', 'nobody-here', image, 'true'), 125, /there is no user nobody-here/],
  [() => run('--group-add', 'no-group', image, 'true'), 125, /there is no group no-group/],
  [() => run('--name', 'taken', image, 'true'), 125, /the name taken is taken/],
  [() => run('--name', '-', image, 'true'), 125, /is not a name/],
  [
    () => run('--mount', 'type=bind,source=/no/such,target=/x', image, 'true'),
    125,
    /the mount source \/no\/such does not exist/,
  ],
  [() => run('-v', 'named:/x', image, 'true'), 125, /volumes with names come later/],
  [() => run('-v', '/etc:/', image, 'true'), 125, /whole root/],
  [() => run('--tmpfs', '/x:size=wrong', image, 'true'), 125, /unknown option/],
  [() => run('-m', 'lots', image, 'true'), 125, /"lots" of --memory is not a size/],
  [() => run('-m', '1m', image, 'true'), 125, /is too small/],
  [() => run('-m', '900t', image, 'true'), 125, /more than this machine has/],
  [() => run('--cpus', '0.001', image, 'true'), 125, /is not from 0\.01/],
  [() => run('--cpus', String(cpus().length + 1), image, 'true'), 125, /what this machine has/],
  [() => run('--cpus', '1', '--cpu-quota', '5000', image, 'true'), 125, /cannot be combined/],
  [() => run('--cpuset-cpus', '9999', image, 'true'), 125, /--cpuset-cpus/],
  [() => run('--pids-limit', 'few', image, 'true'), 125, /is not a whole number/],
  [() => run('--ulimit', 'nofile=9:1', image, 'true'), 125, /soft limit above the hard one/],
  [() => run('-w', '/etc/passwd', image, 'true'), 125, /\/etc\/passwd/],
  [() => run('--cap-add', 'FLY', image, 'true'), 125, /FLY/i],
  [() => run('--device', '/dev/no-such', image, 'true'), 125, /there is no device \/dev\/no-such/],
  [() => run('--sysctl', 'kernel.panic=1', image, 'true'), 125, /the whole host’s setting/],
  [() => run('--sysctl', 'net.no.such=1', image, 'true'), 125, /net\/no\/such.* failed: ENOENT/],
  [() => run('--security-opt', `seccomp=${folder}/profile`, image, 'true'), 125, /is not JSON/],
  [() => run('--security-opt', `seccomp=${folder}/nonsense`, image, 'true'), 125, /SCMP_ACT_FLY/],
  [() => run('--cidfile', join(folder, 'cid'), image, 'true'), 125, /exists already/],
  [() => run('--uidmap', '0:0:0', image, 'true'), 125, /is not a map of ids/],
  [() => run('--uidmap', '5:100000:10', image, 'true'), 125, /./],
  [() => run('-w', 'relative', image, 'true'), 125, /is not an absolute path/],
  [() => run('-e', '=x', image, 'true'), 125, /has no name/],
  [() => run('--env-file', '/no/such', image, 'true'), 125, /--env-file cannot be read/],
  [() => run('-it', image, 'true'), 125, /the input device is not a terminal/],
  [() => ['run', '--network', 'mine', image, 'true'], 125, /network mine not found/],
  [() => run('--memroy', '1g', image, 'true'), 125, /unknown flag --memroy for run\n {2}hint: did you mean --memory\?/],
  [() => run('-m'), 125, /needs a value/],
  [() => run(), 125, /run needs more words/],
  [() => run('--platform', 'linux/no-such', '--pull', 'always', image), 125, /./],
  [() => ['rnu', image], 1, /there is no verb rnu\n {2}hint: did you mean run\?/],
  [() => ['rm', 'no-such'], 125, /there is no container no-such/],
  [() => ['pull', 'a b'], 125, /is not the name of an image/],
];

describe('one clear line, the right status, and nothing left', () => {
  test.each(cases)('case %#: %o', (words, status, line) => {
    const before = hostState(store.root);
    const ended = store.tsdocker(...words());
    expect(ended.stderr).toMatch(line);
    expect(ended.stderr).toMatch(/^(?:Unable to find image '.*' locally\n)?tsdocker: [^\n]+\n(?: {2}hint: [^\n]+\n)?$/);
    expect(ended).toMatchObject({ status, stdout: '' });
    expect(hostState(store.root)).toEqual(before);
  });

  test('a limit whose controller is not on cgroup v2 is refused before anything is made', ({ skip }) => {
    if (readHierarchy().controllers.has('memory')) skip('this host has the memory controller on cgroup v2');
    const before = hostState(store.root);
    const ended = store.tsdocker(...run('-m', '64m', '--pids-limit', '5', image, 'true'));
    expect(ended.status).toBe(125);
    expect(ended.stderr).toMatch(
      /^tsdocker: this host cannot enforce .*--memory.*: its cgroup v2 tree lacks .*\n {2}hint: .*demo:vm\n$/,
    );
    expect(hostState(store.root)).toEqual(before);
  });

  test('what needs a capability that this root lacks says which', ({ skip }) => {
    const mask = BigInt(`0x${/^CapPrm:\s*(\w+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]}`);
    if ((mask >> 24n) & 1n) skip('this root has CAP_SYS_RESOURCE');
    const before = hostState(store.root);
    const ended = store.tsdocker(...run('--ulimit', 'nofile=1000000:1000000', image, 'true'));
    expect(ended.status).toBe(125);
    expect(ended.stderr).toMatch(
      /setting RLIMIT_NOFILE failed: EPERM .*\n {2}hint: raising a hard limit needs CAP_SYS_RESOURCE/,
    );
    expect(hostState(store.root)).toEqual(before);
  });

  test('a command of another architecture, or with a missing interpreter, gets the status and a hint', () => {
    const bad = join(folder, 'bad');
    writeFileSync(bad, '#!/no/such/interpreter\n', { mode: 0o755 });
    const missing = store.tsdocker(...run('-v', `${bad}:/bad`, image, '/bad'));
    expect(missing.status).toBe(127);
    expect(missing.stderr).toMatch(/executing \/bad failed: ENOENT .*\n {2}hint: the file is there/);
    writeFileSync(bad, Buffer.concat([Buffer.from('\x7fELF'), Buffer.alloc(100)]));
    const foreign = store.tsdocker(...run('-v', `${bad}:/bad`, image, '/bad'));
    expect(foreign.status).toBe(126);
    expect(foreign.stderr).toMatch(/executing \/bad failed: ENOEXEC .*\n {2}hint: is it for another architecture/);
  });

  test('without root it says so, and makes no store', () => {
    const place = join(folder, 'store-of-nobody');
    const { spawnSync } = process.getBuiltinModule('node:child_process');
    const ended = spawnSync(join(import.meta.dirname, '../../bin/tsdocker'), ['--root', place, 'run', image, 'true'], {
      uid: 65534,
      gid: 65534,
      encoding: 'utf8',
      cwd: '/',
    });
    expect(ended.status).toBe(125);
    expect(ended.stderr).toMatch(/^tsdocker: .+\n {2}hint: .*(root|sudo).*\n$/);
    expect(existsSync(place)).toBe(false);
  });
});

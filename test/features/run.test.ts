// `tsdocker run` on a real container: what the command inside sees is what was asked for.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readHierarchy } from '../../src/cgroup/hierarchy.ts';
import { hostState } from '../support/host-state.ts';
import { makeStore, program, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
let folder: string;
beforeAll(() => {
  store = makeStore();
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-run-'));
});
afterAll(() => {
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

describe('exit status', () => {
  test.each([
    [['true'], 0],
    [['false'], 1],
    [['sh', '-c', 'exit 42'], 42],
    [['sh', '-c', 'kill -9 $$; exit 3'], 3], // no signal from inside ends the first process of a namespace (pid_namespaces(7))
    [['sh', '-c', 'sleep 9 & kill -9 $!; wait $!'], 137],
    [['no-such-command'], 127],
    [['/etc/passwd'], 126],
    [['/etc'], 126],
  ])('%j ends with %i', (command, status) => {
    expect(store.tsdocker('run', '--rm', '--network', 'none', 'localhost/busybox', ...command).status).toBe(status);
  });
});

describe('namespaces', () => {
  test('the command is the first process and sees no other', () => {
    expect(store.sh('echo $$; ls -d /proc/[0-9]* | wc -l')).toBe('1\n3\n'); // the shell, ls and wc
  });

  test.each(['pid', 'net', 'mnt', 'ipc', 'uts', 'cgroup'])('the %s namespace is not the host’s', (name) => {
    expect(store.sh(`readlink /proc/self/ns/${name}`)).not.toBe(`${readFileLink(`/proc/self/ns/${name}`)}\n`);
  });

  test.each([
    ['pid', 'pid'],
    ['ipc', 'ipc'],
    ['uts', 'uts'],
    ['cgroupns', 'cgroup'],
    ['network', 'net'],
  ])('--%s host shares the host’s', (flag, name) => {
    const run = store.tsdocker(
      'run',
      '--rm',
      `--${flag}`,
      'host',
      'localhost/busybox',
      'readlink',
      `/proc/self/ns/${name}`,
    );
    expect(run.stdout).toBe(`${readFileLink(`/proc/self/ns/${name}`)}\n`);
  });

  test('the network is a loopback interface that is up', () => {
    expect(store.sh('ip -o link; ping -c1 127.0.0.1 >/dev/null && echo up')).toMatch(
      /^1: lo: <LOOPBACK,UP.*\n(?:.*\n)?up\n$/,
    );
  });

  test('a user namespace maps root to someone else, also for files', () => {
    const output = store.sh('cat /proc/self/uid_map; touch /f; stat -c %u /f; id -u', '--uidmap', '0:100000:65536');
    expect(output.trim().split(/\s+/)).toEqual(['0', '100000', '65536', '0', '0']);
  });

  test('root of a user namespace is not the host’s root to what is bound in', () => {
    writeFileSync(join(folder, 'secret'), 'secret', { mode: 0o600 });
    const run = store.tsdocker(
      'run',
      '--rm',
      '--network',
      'none',
      '--uidmap',
      '0:100000:65536',
      '-v',
      `${folder}/secret:/secret`,
      'localhost/busybox',
      'cat',
      '/secret',
    );
    expect(run).toMatchObject({ status: 1, stdout: '' });
  });
});

const readFileLink = (path: string): string => {
  const { readlinkSync } = process.getBuiltinModule('node:fs');
  return readlinkSync(path);
};

describe('the process', () => {
  test('environment: the usual, the image’s, and what was asked for', () => {
    writeFileSync(join(folder, 'env'), '# comment\nFROM_FILE=yes\nINHERITED\n');
    const run = store.tsdockerWith(
      { env: { INHERITED: 'from the caller' } },
      ...[
        'run',
        '--rm',
        '--network',
        'none',
        '-h',
        'box',
        '-e',
        'A=1',
        '-e',
        'B=two words',
        '--env-file',
        join(folder, 'env'),
        'localhost/busybox',
        'env',
      ],
    );
    const lines = run.stdout.trim().split('\n').sort();
    expect(lines).toEqual(
      [
        'A=1',
        'B=two words',
        'FROM_FILE=yes',
        'HOME=/root',
        'HOSTNAME=box',
        'INHERITED=from the caller',
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      ].sort(),
    );
  });

  test('input reaches the command with -i, and ends', () => {
    const run = store.tsdockerWith(
      { input: 'a line\n' },
      'run',
      '-i',
      '--rm',
      '--network',
      'none',
      'localhost/busybox',
      'cat',
    );
    expect(run).toMatchObject({ status: 0, stdout: 'a line\n' });
  });

  test('without -i there is no input', () => {
    const run = store.tsdockerWith(
      { input: 'a line\n' },
      'run',
      '--rm',
      '--network',
      'none',
      'localhost/busybox',
      'wc',
      '-c',
    );
    expect(run.stdout).toBe('0\n');
  });

  test('megabytes of output arrive whole, each stream on its own', () => {
    const run = store.tsdocker(
      'run',
      '--rm',
      '--network',
      'none',
      'localhost/busybox',
      'sh',
      '-c',
      'head -c 20000000 /dev/zero; echo done >&2',
    );
    expect(run.stdout.length).toBe(20_000_000);
    expect(run.stderr).toBe('done\n');
  });

  test('working directory, made if missing', () => {
    expect(store.sh('pwd; stat -c %a .', '-w', '/a/new/folder')).toBe('/a/new/folder\n755\n');
  });

  test('user and groups, by name and number', () => {
    expect(store.sh('id -u; id -g; id -G; echo $HOME', '-u', '1000:1001', '--group-add', '7')).toBe(
      '1000\n1001\n1001 7\n/\n',
    );
    expect(store.sh('whoami', '-u', 'root')).toBe('root\n');
  });

  test('another user has no capabilities, and root has Docker’s fourteen', () => {
    expect(store.sh('grep CapEff /proc/self/status', '-u', '1000')).toBe('CapEff:\t0000000000000000\n');
    expect(store.sh('grep CapEff /proc/self/status')).toBe('CapEff:\t00000000a80425fb\n');
    expect(store.sh('grep CapEff /proc/self/status', '--cap-drop', 'all', '--cap-add', 'chown')).toBe(
      'CapEff:\t0000000000000001\n',
    );
  });

  test('the system call filter and no_new_privs', () => {
    expect(store.sh('grep -E "^(Seccomp|NoNewPrivs):" /proc/self/status')).toBe('NoNewPrivs:\t0\nSeccomp:\t2\n');
    const flags = ['--security-opt', 'no-new-privileges', '--security-opt', 'seccomp=unconfined'];
    expect(store.sh('grep -E "^(Seccomp|NoNewPrivs):" /proc/self/status', ...flags)).toBe(
      'NoNewPrivs:\t1\nSeccomp:\t0\n',
    );
    const refused = store.tsdocker(
      'run',
      '--rm',
      '--network',
      'none',
      '--cap-add',
      'sys_admin',
      'localhost/busybox',
      'unshare',
      '-U',
      'true',
    );
    expect(refused.status).not.toBeNull();
  });

  test('resource limits and the sentence to death by memory', () => {
    expect(store.sh('ulimit -n; ulimit -Hn', '--ulimit', 'nofile=100:200')).toBe('100\n200\n');
    expect(store.sh('cat /proc/self/oom_score_adj', '--oom-score-adj', '321')).toBe('321\n');
  });

  test('an entrypoint replaces the image’s, and the command with it', () => {
    const run = store.tsdocker(
      'run',
      '--rm',
      '--network',
      'none',
      '--entrypoint',
      'echo',
      'localhost/busybox',
      'a',
      'b',
    );
    expect(run.stdout).toBe('a b\n');
  });

  test('--init is the first process, reaps and passes the status on', () => {
    expect(store.sh('cat /proc/1/comm; echo $$', '--init')).toBe('tsdocker-init\n2\n');
    expect(
      store.tsdocker('run', '--rm', '--init', '--network', 'none', 'localhost/busybox', 'sh', '-c', 'kill -9 $$')
        .status,
    ).toBe(137);
  });
});

describe('files', () => {
  test('the root is an overlay that forgets with --rm', () => {
    expect(store.sh('echo x > /etc/passwd; rm /bin/cat; mkdir /new; mount | grep -c " / type overlay"')).toBe('1\n');
    expect(store.sh('cat /etc/passwd | head -c 4; ls -d /new 2>/dev/null; true')).toBe('root');
  });

  test('--read-only leaves tmpfs, volumes and binds writable', () => {
    const output = store.sh(
      'touch /x 2>/dev/null || echo root; touch /run/x && touch /data/x && touch /host/x && echo fine',
      ...['--read-only', '--tmpfs', '/run:size=1m,mode=1770', '-v', '/data', '-v', `${folder}:/host`],
    );
    expect(output).toBe('root\nfine\n');
    expect(existsSync(join(folder, 'x'))).toBe(true);
  });

  test('binds: a file, a folder, read-only, and a missing source of -v is made', () => {
    writeFileSync(join(folder, 'file'), 'from the host');
    expect(store.sh('cat /etc/one', '-v', `${folder}/file:/etc/one:ro`)).toBe('from the host');
    expect(store.sh('touch /etc/one 2>&1 | grep -o "Read-only"', '-v', `${folder}/file:/etc/one:ro`)).toBe(
      'Read-only\n',
    );
    expect(store.sh('echo ok > /made/it; cat /made/it', '-v', `${folder}/made:/made`)).toBe('ok\n');
    expect(readFileSync(join(folder, 'made/it'), 'utf8')).toBe('ok\n');
    expect(store.sh('cat /m/file', '--mount', `type=bind,source=${folder},target=/m,readonly`)).toBe('from the host');
  });

  test('a relative source is from here', () => {
    mkdirSync(join(folder, 'here'), { recursive: true });
    writeFileSync(join(folder, 'here/f'), 'here');
    const run = store.tsdockerWith(
      { cwd: folder },
      'run',
      '--rm',
      '--network',
      'none',
      '-v',
      './here:/here',
      'localhost/busybox',
      'cat',
      '/here/f',
    );
    expect(run.stdout).toBe('here');
  });

  test('/dev has its nodes, /dev/shm its size', () => {
    expect(store.sh('ls /dev', '--shm-size', '1m').trim().split('\n')).toEqual([
      'core',
      'fd',
      'full',
      'mqueue',
      'null',
      'ptmx',
      'pts',
      'random',
      'shm',
      'stderr',
      'stdin',
      'stdout',
      'tty',
      'urandom',
      'zero',
    ]);
    expect(store.sh('df -k /dev/shm | tail -1 | tr -s " " | cut -d" " -f2', '--shm-size', '1m')).toBe('1024\n');
  });

  test('what tells of the host is masked or read-only', () => {
    expect(store.sh('cat /proc/keys | wc -c; ls /sys/firmware | wc -l')).toBe('0\n0\n');
    expect(store.sh('echo 1 > /proc/sys/kernel/panic || echo refused').trim()).toBe('refused');
    expect(store.sh('echo 1 > /sys/kernel/mm/ksm/run || echo refused').trim()).toBe('refused');
  });

  test('a device of the host, and none that was not asked for', () => {
    expect(store.sh('ls /dev/tap', '--device', '/dev/net/tun:/dev/tap')).toBe('/dev/tap\n');
    expect(store.sh('mknod /k c 1 1; cat /k 2>&1 >/dev/null | grep -o "not permitted"', '--cap-add', 'mknod')).toBe(
      'not permitted\n',
    );
  });

  test('host names and resolvers', () => {
    expect(
      store.sh('hostname; cat /etc/hostname /proc/sys/kernel/domainname', '-h', 'web', '--domainname', 'example'),
    ).toBe('web\nweb\nexample\n');
    expect(store.sh('grep -c localhost /etc/hosts; wc -c < /etc/resolv.conf')).toBe('2\n0\n');
    const run = store.tsdocker(
      'run',
      '--rm',
      '--network',
      'host',
      'localhost/busybox',
      'sh',
      '-c',
      'hostname; cat /etc/hosts',
    );
    expect(run.stdout).toBe(`${hostname()}\n${readFileSync('/etc/hosts', 'utf8')}`);
  });

  test('sysctls of its own namespaces', () => {
    expect(
      store.sh(
        'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax',
        '--sysctl',
        'net.ipv4.ip_forward=1',
        '--sysctl',
        'kernel.msgmax=1234',
      ),
    ).toBe('1\n1234\n');
  });

  test('--privileged sees the host’s devices and may do what we may', () => {
    const output = store
      .sh('ls /dev | wc -l; mount -t tmpfs t /mnt && echo mounted; cat /proc/keys | wc -c', '--privileged')
      .trim()
      .split('\n');
    expect(Number(output[0])).toBeGreaterThan(20);
    expect(output[1]).toBe('mounted');
    expect(Number(output[2])).toBeGreaterThan(0);
  });
});

test('cgroups that a privileged container made below its own go with it', () => {
  store.sh(
    'mkdir -p /sys/fs/cgroup/a/b/c /sys/fs/cgroup/d && ls -d /sys/fs/cgroup/a/b/c',
    '--privileged',
    '--name',
    'nested',
  );
  const ids = hostState(store.root);
  expect(ids).toMatchObject({ bundles: [], cgroups: [] });
  const left = readdirSync(join(readHierarchy().path, 'tsdocker')).filter((name) => /^[0-9a-f]{64}$/.test(name));
  const parents = left.map((name) => readdirSync(join(readHierarchy().path, 'tsdocker', name)));
  expect(parents.filter((names) => names.includes('a'))).toEqual([]);
});

describe('names', () => {
  test('a container stays until it is removed, and its name is taken', () => {
    expect(
      store.tsdocker('run', '--name', 'kept', '--network', 'none', 'localhost/busybox', 'sh', '-c', 'exit 3').status,
    ).toBe(3);
    const again = store.tsdocker('run', '--name', 'kept', '--network', 'none', 'localhost/busybox', 'true');
    expect(again).toMatchObject({ status: 125, stdout: '' });
    expect(again.stderr).toMatch(
      /^tsdocker: the name kept is taken by the container [0-9a-f]{12}\n {2}hint: .*tsdocker rm kept/,
    );
    expect(store.tsdocker('ps', '-a').stdout).toMatch(
      /localhost\/busybox +"sh -c 'exit 3'" +.* +Exited \(3\) .* ago +kept\n/,
    );
    expect(store.tsdocker('rm', 'kept')).toMatchObject({ status: 0, stdout: 'kept\n' });
    expect(store.tsdocker('ps', '-aq').stdout).toBe('');
  });

  test('of two that want a name at the same time one gets it', async () => {
    const start = () => {
      const words = ['run', '--name', 'wanted', '--network', 'none', 'localhost/busybox', 'true'];
      const child = spawn(program, words, {
        env: { PATH: process.env.PATH, TSDOCKER_ROOT: store.root },
        stdio: 'ignore',
      });
      return once(child, 'exit').then(([status]) => status as number);
    };
    for (let round = 0; round < 15; round++) {
      const statuses = await Promise.all([start(), start(), start()]);
      expect(statuses.toSorted((a, b) => a - b)).toEqual([0, 125, 125]);
      expect(hostState(store.root).bundles).toHaveLength(1);
      expect(store.tsdocker('rm', 'wanted').status).toBe(0);
    }
  });

  test('a container that removed itself leaves no record behind the next ps', () => {
    store.sh('true', '--name', 'short');
    store.tsdocker('ps');
    expect(hostState(store.root)).toMatchObject({ bundles: [], containers: [] });
  });

  test('--cidfile holds the id, and is not overwritten', () => {
    const cidfile = join(folder, 'cid');
    expect(
      store.tsdocker('run', '--rm', '--network', 'none', '--cidfile', cidfile, 'localhost/busybox', 'true').status,
    ).toBe(0);
    expect(readFileSync(cidfile, 'utf8')).toMatch(/^[0-9a-f]{64}$/);
    expect(
      store.tsdocker('run', '--rm', '--network', 'none', '--cidfile', cidfile, 'localhost/busybox', 'true').status,
    ).toBe(125);
  });
});

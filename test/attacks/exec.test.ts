// Containers that lie in wait for a command that is executed in them, and for the shim that is their host.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readHierarchy } from '../../src/cgroup/hierarchy.ts';
import { execInContainer } from '../../src/engine/exec.ts';
import { type ExecOptions, execPhases } from '../../src/engine/exec-plan.ts';
import { openRoot } from '../../src/engine/look-up.ts';
import { connectShim } from '../../src/engine/shim.ts';
import * as k from '../../src/kernel/constants.ts';
import { kernel } from '../../src/kernel/index.ts';
import { nativeFolder } from '../../src/kernel/native.ts';
import { encodePhase } from '../../src/launch/encode.ts';
import { encodeFrame, sendFrame, toShim } from '../../src/launch/frames.ts';
import { readReport, report } from '../../src/launch/launcher.ts';
import { readSpec } from '../../src/store/bundles.ts';
import { openStore } from '../../src/store/store.ts';
import { startDetached, stateOf } from '../support/detached.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
let folder: string;
beforeAll(() => {
  store = makeStore();
  store.sh('true');
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-outside-'));
});
afterAll(() => {
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

const plain: ExecOptions = { command: ['true'], env: [], interactive: false, tty: false, privileged: false };
const nobody = { client: { streams: [], whole: false } } as const;
const inside = (id: string, script: string) => store.tsdocker('exec', id, 'sh', '-c', script);

/** What must be as it was: the host’s programs that a container gets to see. */
const programs = (): unknown =>
  ['tsdocker-shim', 'tsdocker-init', 'tsdocker-attach'].map((name) => {
    const { mode, uid, mtimeMs, ctimeMs } = statSync(join(nativeFolder, name));
    const sum = createHash('sha256')
      .update(readFileSync(join(nativeFolder, name)))
      .digest('hex');
    return { name, mode, uid, mtimeMs, ctimeMs, sum };
  });

/** A process that has joined the container, and waits there for the rest of its program: as long as an attacker could wish. */
function joinHalfway(id: string): Disposable {
  using opened = openStore(store.root);
  using root = openRoot(stateOf(store, id).pid!);
  const target = {
    id,
    spec: readSpec(opened, { id, name: 'it' }),
    hierarchy: readHierarchy(),
    user: '',
    groupAdd: [],
    permitted: 0n,
  };
  const [first] = execPhases(target, plain, root);
  const connection = connectShim(opened, id)!;
  const [ours, theirs] = kernel.socketpair(k.SOCK_STREAM);
  sendFrame(connection, toShim.execute, [0], theirs);
  kernel.close(theirs);
  kernel.send(ours, encodePhase(first));
  for (let waits = false, isCloned = false; !waits || !isCloned; ) {
    const { kind } = readReport(ours)!;
    expect(kind).not.toBe(report.failed);
    waits ||= kind === report.waiting;
    isCloned ||= kind === report.child;
  }
  return {
    [Symbol.dispose]() {
      kernel.close(ours);
      kernel.close(connection);
    },
  };
}

describe('a process that joins (CVE-2016-9962)', () => {
  /** Says of each way to look into it how that ended, after the number that it has inside. */
  const look = `for p in /proc/[0-9]*; do
    [ "$(cat $p/comm)" = tsdocker-shim ] || continue
    echo found
    for what in fd/3 fd/8 fd/9 exe cwd root ns/mnt; do readlink $p/$what && echo "read $what"; done
    for what in environ auxv mem maps stack; do head -c 1 $p/$what >/dev/null && echo "read $what"; done
    ls $p/root/. && echo entered
    ls $p/cwd/. && echo entered
    chmod 777 $p/exe && echo changed
    echo x >>$p/exe && echo written
  done; true`;

  test('cannot be looked into', () => {
    const id = startDetached(store, 'exec sleep 1000');
    const before = programs();
    using _ = joinHalfway(id);
    expect(inside(id, look)).toMatchObject({ status: 0, stdout: 'found\n' });
    expect(programs()).toEqual(before);
  });

  test('cannot be looked into by the root of a user namespace, who may trace', () => {
    const id = startDetached(store, 'exec sleep 1000', '--uidmap', '0:100000:65536', '--cap-add', 'SYS_PTRACE');
    using _ = joinHalfway(id);
    expect(inside(id, look)).toMatchObject({ status: 0, stdout: 'found\n' });
  });

  test('that is killed half way leaves the container as it was', () => {
    const id = startDetached(store, 'exec sleep 1000');
    {
      using _ = joinHalfway(id);
      inside(id, 'cd /proc; for p in [0-9]*; do [ "$(cat $p/comm)" = tsdocker-shim ] && kill -9 $p; done; true');
    }
    expect(inside(id, 'echo here').stdout).toBe('here\n');
    expect(store.tsdocker('rm', '-f', id).status).toBe(0);
  });
});

describe('the shim’s own program (CVE-2019-5736)', () => {
  test('is not what /proc/self/exe means to whoever looks it up', () => {
    const id = startDetached(store, 'ln -s /proc/self/exe /own; exec sleep 1000');
    for (const command of ['/proc/self/exe', '/own', '/proc/thread-self/exe'])
      expect(store.tsdocker('exec', id, command)).toMatchObject({ status: 127, stdout: '' });
  });

  test('cannot be written to where a script names it as its interpreter', () => {
    const before = programs();
    const spy = `printf '#!/proc/self/exe x\\n' >/evil; chmod +x /evil
      while :; do for p in /proc/[0-9]*; do
        case $(readlink $p/exe) in /bin/busybox|'') ;; *) chmod 4777 $p/exe; touch $p/exe; echo x >>$p/exe; chown 1 $p/exe; echo tried >&2;; esac
      done; done 2>>/seen`;
    const id = startDetached(store, spy, '--cap-add', 'SYS_PTRACE');
    for (let times = 0; times < 20; times++) store.tsdocker('exec', id, '/evil');
    expect(programs()).toEqual(before);
    expect(store.tsdocker('rm', '-f', id).status).toBe(0);
  });

  test('nor can that of --init', () => {
    const before = programs();
    const script =
      'chmod 777 /proc/1/exe && echo changed; echo x >>/proc/1/exe && echo written; touch /proc/1/exe && echo touched; true';
    expect(store.sh(script, '--init')).toBe('');
    expect(programs()).toEqual(before);
  });
});

describe('a working directory (CVE-2024-21626)', () => {
  test('is no descriptor of whoever joins, however it is named', () => {
    const id = startDetached(store, 'for i in 3 4 5 8 9; do ln -s /proc/self/fd/$i /d$i; done; exec sleep 1000');
    using opened = openStore(store.root);
    const names = Array.from({ length: 64 }, (_, number) => `/proc/self/fd/${number}`);
    const links = [3, 4, 5, 8, 9].map((number) => `/d${number}`);
    for (const workdir of [...names, ...links, '/proc/self/fd/8/../..', '/proc/1/fd/7', '/proc/self/fd/9/..']) {
      const start = () => execInContainer(opened, id, { ...plain, workdir }, nobody);
      expect(start, workdir).toThrow(/changing to the working directory/);
    }
  });

  test('of the process itself is inside', () => {
    const id = startDetached(store, 'touch /mark; exec sleep 1000');
    for (const workdir of [
      '/proc/self/cwd',
      '/proc/self/root',
      '/proc/1/cwd',
      '/../../..',
      '/proc/self/cwd/../../..',
    ]) {
      const run = store.tsdocker('exec', '-w', workdir, id, 'ls', 'mark');
      expect(run, workdir).toMatchObject({ status: 0, stdout: 'mark\n' });
    }
  });
});

describe('files of the container that are looked up', () => {
  test('links that lead out of the root lead nowhere', () => {
    writeFileSync(join(folder, 'passwd'), 'outsider:x:0:0::/outside:/bin/sh\n');
    writeFileSync(join(folder, 'hostonly'), '#!/bin/sh\necho out\n', { mode: 0o755 });
    const links = `ln -sf ${folder}/passwd /etc/passwd; ln -sf ../../../../../../..${folder}/passwd /etc/group; ln -s ${folder} /evil`;
    const id = startDetached(store, `${links}; exec sleep 1000`);
    const { stdout, status } = store.tsdocker('exec', '-u', 'outsider', id, 'true');
    expect({ stdout, status }).toEqual({ stdout: '', status: 125 });
    expect(store.tsdocker('exec', '-u', '0:outsider', id, 'true').status).toBe(125);
    expect(store.tsdocker('exec', '-e', `PATH=/evil:../../../../../..${folder}`, id, 'hostonly').status).toBe(127);
    expect(store.tsdocker('exec', id, '/evil/hostonly').status).toBe(127);
    expect(store.tsdocker('exec', '-w', '/evil', id, 'true').status).toBe(126);
  });

  test.each([
    ['a fifo', 'mkfifo'],
    ['a folder', 'mkdir'],
    ['a device', 'ln -s /dev/zero'],
    ['a link to itself', 'ln -s /etc/passwd'],
    ['a process’s memory', 'ln -s /proc/1/mem'],
    ['the kernel’s log, whose reader waits for more', 'ln -s /proc/kmsg'],
  ])('%s in the place of /etc/passwd and of a command keeps nobody waiting', (_, make) => {
    const id = startDetached(
      store,
      `rm -f /etc/passwd; ${make} /etc/passwd; ${make} /bin/strange; echo; exec sleep 1000`,
    );
    expect(store.tsdocker('exec', '-u', 'root', id, 'true').status).toBe(125);
    expect(store.tsdocker('exec', '-u', '0', id, 'echo', 'here').stdout).toBe('here\n');
    expect([126, 127]).toContain(store.tsdocker('exec', id, 'strange').status);
  });

  test.each([
    ['a fifo', 'mkfifo /dev/pts/ptmx'],
    ['a plain file', ': >/dev/pts/ptmx'],
    ['a link to the host’s', 'ln -s /../../dev/ptmx /dev/pts/ptmx'],
    ['another terminal', 'ln -s /dev/null /dev/pts/ptmx'],
  ])('%s in the place of /dev/pts/ptmx gives no terminal, and keeps nobody waiting', (_, make) => {
    const id = startDetached(store, `umount /dev/pts && ${make}; exec sleep 1000`, '--cap-add', 'SYS_ADMIN');
    expect(inside(id, 'ls /dev/pts').stdout).toBe('ptmx\n');
    const run = store.tsdocker('exec', '-t', id, 'true');
    expect(run).toMatchObject({
      status: 125,
      stdout: '',
      stderr: expect.stringMatching(/^tsdocker: cannot run it in /),
    });
    expect(inside(id, 'echo here').stdout).toBe('here\n');
  });
});

describe('the shim’s socket', () => {
  test('is not in the container, nor anything else of the host’s', () => {
    const id = startDetached(store, 'exec sleep 1000');
    expect(inside(id, 'find / -xdev -type s; cat /proc/net/unix | tail -n +2; ls /proc/self/fd').stdout).toBe(
      '0\n1\n2\n3\n',
    );
    expect(inside(id, 'ls -l /proc/1/fd | grep -v -e /dev/null -e pipe: | tail -n +2').stdout).toBe('');
  });

  /** Numbers that look random, the same in every run (Park and Miller’s). */
  function numbers(seed: number): (bound: number) => number {
    let state = seed;
    return (bound) => {
      state = (state * 48271) % 2147483647;
      return state % bound;
    };
  }

  test.each([1, 2, 3, 4])('takes any garbage (seed %i)', async (seed) => {
    const id = startDetached(store, 'exec cat', '-it');
    const below = numbers(seed);
    const path = join(store.root, 'container', id, 'socket');
    for (let times = 0; times < 100; times++) {
      const socket = createConnection(path);
      await new Promise<void>((resolve) => {
        socket
          .on('close', () => resolve())
          .on('error', () => {})
          .resume();
        for (let count = below(8); count >= 0; count--) {
          const kind = below(12);
          const bytes = Uint8Array.from({ length: below(3) === 0 ? below(5000) : below(12) }, () => below(256));
          // What ends the container in all honesty is left out: stop and signal, and keys that a terminal takes for signals.
          const isHonest = kind === toShim.stop || kind === toShim.signal || kind === toShim.input;
          const frame = encodeFrame(isHonest ? 0 : kind, bytes);
          socket.write(below(5) === 0 ? frame.subarray(0, below(frame.byteLength)) : frame);
        }
        if (below(2) === 0) socket.end();
        else setImmediate(() => socket.destroy());
        setTimeout(() => socket.destroy(), 50);
      });
    }
    const { status } = stateOf(store, id);
    if (status === 'paused') expect(store.tsdocker('unpause', id).status).toBe(0);
    expect(inside(id, 'echo here')).toMatchObject({ status: 0, stdout: 'here\n' });
    expect(store.tsdocker('stop', '-t', '0', id).status).toBe(0);
    expect(stateOf(store, id).status).toBe('exited');
  });
});

// exec: another command in a container that runs: what it is, what it has, how it ends, and that it ends nobody else.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { execInContainer } from '../../src/engine/exec.ts';
import { kernel } from '../../src/kernel/index.ts';
import { openStore } from '../../src/store/store.ts';
import { eventually, inspected, startDetached, stateOf } from '../support/detached.ts';
import { openTerminal } from '../support/terminal.ts';
import { makeStore, program, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
let id: string;
beforeAll(() => {
  store = makeStore();
  store.sh('true');
  const flags = ['-h', 'box', '-e', 'OWN=1', '-w', '/tmp', '--name', 'box'];
  id = startDetached(store, 'echo "web:x:5:7::/srv:/bin/sh" >>/etc/passwd; exec sleep 100000', ...flags);
});
afterAll(() => store[Symbol.dispose]());

const exec = (...words: string[]) => store.tsdocker('exec', ...words);
const output = (...words: string[]): string => {
  const { status, stdout, stderr } = exec(...words);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
};
const isFile = (path: string): boolean => existsSync(join(store.root, 'container', id, 'upper', path));

describe('the command', () => {
  test.each([
    [['sh', '-c', 'exit 9'], 9],
    [['sh', '-c', 'kill -9 $$'], 137],
    [['sh', '-c', 'kill -TERM $$'], 143],
    [['nosuch'], 127],
    [['./nosuch'], 127],
    [['/tmp'], 126],
    [['/etc/passwd'], 126],
    [['-w', '/nowhere', 'true'], 126],
    [['-w', 'relative', 'true'], 125],
    [['-u', 'nosuch', 'true'], 125],
    [['-u', '1:nosuch', 'true'], 125],
    [['-it', 'true'], 125],
  ])('exec %j ends with %i', (words, status) => {
    const flags = words.filter((word, at) => word.startsWith('-') || words[at - 1] === '-w' || words[at - 1] === '-u');
    const cut = words[0]!.startsWith('-') ? flags.length : 0;
    const run = exec(...words.slice(0, cut), 'box', ...words.slice(cut));
    expect(run.status).toBe(status);
    if (status >= 125 && status <= 127)
      expect(run).toMatchObject({ stdout: '', stderr: expect.stringMatching(/^tsdocker: [^\n]+\n/) });
  });

  test('that cannot be executed for its format is told so', () => {
    output('box', 'sh', '-c', 'printf "\\177ELFnonsense" >/tmp/broken; chmod +x /tmp/broken');
    expect(exec('box', '/tmp/broken')).toMatchObject({ status: 126, stderr: expect.stringMatching(/ENOEXEC/) });
    output('box', 'sh', '-c', 'printf "#!/no/interpreter\\n" >/tmp/alone; chmod +x /tmp/alone');
    expect(exec('box', '/tmp/alone')).toMatchObject({ status: 127, stderr: expect.stringMatching(/ENOENT/) });
  });

  test('keeps its stderr apart from its stdout, and has no input without -i', () => {
    expect(exec('box', 'sh', '-c', 'echo out; echo err >&2')).toEqual({ status: 0, stdout: 'out\n', stderr: 'err\n' });
    expect(store.tsdockerWith({ input: 'not read' }, 'exec', 'box', 'cat')).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
  });

  test('flags behind the container are the command’s', () => {
    expect(output('box', 'echo', '-e', 'a', '--user', '0')).toBe('a --user 0\n');
  });

  test('that failed leaves nothing behind that keeps the container from ending', () => {
    const own = startDetached(store, 'sleep 1000');
    for (let times = 0; times < 3; times++) expect(exec('-w', '/nowhere', own, 'true').status).toBe(126);
    expect(store.tsdocker('kill', own).status).toBe(0);
    expect(stateOf(store, own).status).toBe('exited');
  });
});

describe('what it has', () => {
  test('is what the container’s own command has', () => {
    const script =
      'hostname; pwd; id -u; echo $OWN; cat /proc/1/comm; grep ^0: /proc/self/cgroup; ls /proc/self/fd | wc -l';
    expect(output('box', 'sh', '-c', script)).toBe('box\n/tmp\n0\n1\nsleep\n0::/\n4\n');
    const facts = "for f in uid_map status; do grep -E '^ |Cap|Seccomp:|NoNewPrivs' /proc/$0/$f; done";
    expect(output('box', 'sh', '-c', facts, 'self')).toBe(output('box', 'sh', '-c', facts, '1'));
  });

  test('its session is its own, and so is its parent: nobody of the container', () => {
    expect(output('box', 'sh', '-c', 'cut -d" " -f4 /proc/$$/stat')).toBe('0\n');
  });

  test.each([
    ['web', 'uid=5(web) gid=7 groups=7\n/srv\n'],
    ['5:9', 'uid=5(web) gid=9 groups=9\n/srv\n'],
    ['4321', 'uid=4321 gid=0(root) groups=0(root)\n/\n'],
  ])('another user with -u %s', (user, expected) => {
    expect(output('-u', user, 'box', 'sh', '-c', 'id; echo $HOME')).toBe(expected);
    expect(output('-u', user, 'box', 'grep', 'CapEff', '/proc/self/status')).toBe('CapEff:\t0000000000000000\n');
  });

  test('variables with -e and --env-file, over the container’s, and the caller’s by name', () => {
    const run = store.tsdockerWith(
      { env: { MINE: 'from here' } },
      ...['exec', '-e', 'OWN=2', '-e', 'NEW=a=b', '-e', 'MINE', '-e', 'HOME=/x', 'box', 'env'],
    );
    const lines = run.stdout.split('\n');
    for (const line of ['OWN=2', 'NEW=a=b', 'MINE=from here', 'HOME=/x', 'HOSTNAME=box']) expect(lines).toContain(line);
    expect(lines).not.toContain('OWN=1');
  });

  test('a working directory with -w', () => {
    expect(output('-w', '/etc', 'box', 'pwd')).toBe('/etc\n');
  });

  test('every capability and no filter with --privileged, for itself alone', () => {
    const facts = (...flags: string[]): string[] =>
      output(...flags, 'box', 'grep', '-E', 'CapEff|CapBnd|Seccomp:', '/proc/self/status')
        .trim()
        .split(/\s+/);
    const plain = facts();
    const privileged = facts('--privileged');
    expect(plain).toContain('2');
    expect(privileged.at(-1)).toBe('0');
    const mine = /CapPrm:\s+(\w+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1];
    expect(privileged[1]).toBe(mine);
    expect(facts()).toEqual(plain);
  });

  test('joins a container in a user namespace as its root', () => {
    const own = startDetached(store, 'exec sleep 1000', '--uidmap', '0:100000:65536', '--gidmap', '0:200000:65536');
    const { pid } = stateOf(store, own);
    expect(output(own, 'sh', '-c', 'id -u; id -g; cat /proc/self/uid_map | tr -s " "; touch /f')).toBe(
      '0\n0\n 0 100000 65536\n',
    );
    expect(readFileSync(`/proc/${pid}/uid_map`, 'utf8')).toMatch(/^\s+0\s+100000/);
  });
});

describe('input and output', () => {
  test('a pipe goes in with -i', () => {
    expect(store.tsdockerWith({ input: 'hello\n' }, 'exec', '-i', 'box', 'cat').stdout).toBe('hello\n');
  });

  test('megabytes go in and out as they are', () => {
    const input = Buffer.alloc(30 * 2 ** 20);
    for (let at = 0; at < input.byteLength; at += 4) input.writeUInt32LE(Math.imul(at, 2654435761) >>> 0, at);
    const sum = createHash('sha256').update(input).digest('hex');
    const run = store.tsdockerWith(
      { input },
      'exec',
      '-i',
      'box',
      'sh',
      '-c',
      'tee /tmp/copy | sha256sum; sha256sum </tmp/copy',
    );
    expect(run.stdout).toBe(`${sum}  -\n${sum}  -\n`);
  });

  test('a hundred megabytes come out, for a reader that takes its time, too', async () => {
    const child = spawn(program, ['exec', 'box', 'sh', '-c', 'yes 0123456 | head -c 104857600'], {
      env: { PATH: process.env.PATH, TSDOCKER_ROOT: store.root },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const hash = createHash('sha256');
    let count = 0;
    for await (const chunk of child.stdout) {
      hash.update(chunk);
      if (count++ % 16 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(hash.digest('hex')).toBe(createHash('sha256').update('0123456\n'.repeat(13_107_200)).digest('hex'));
  });

  test('a child in the background that keeps the output keeps nobody waiting', () => {
    expect(output('box', 'sh', '-c', 'sleep 1000 & echo $! >/tmp/pid; echo done')).toBe('done\n');
    output('box', 'sh', '-c', 'kill $(cat /tmp/pid)'); // which fails where it is gone
  });
});

describe('on its own', () => {
  test('-d returns at once, and the command goes on', async () => {
    expect(exec('-d', 'box', 'sh', '-c', 'sleep 0.3; echo x >/detached')).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
    expect(isFile('detached')).toBe(false);
    await eventually('it has written its file', () => isFile('detached'));
    expect(exec('-d', 'box', 'nosuch').status).toBe(127);
  });

  test('a client that is killed takes nothing with it', async () => {
    const words = ['exec', 'box', 'sh', '-c', 'echo ready; sleep 0.5; echo more; echo more; echo x >/outlived'];
    const child = spawn(program, words, {
      env: { PATH: process.env.PATH, TSDOCKER_ROOT: store.root },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'close');
    await eventually('it has written its file', () => isFile('outlived'));
  });

  test('what the container’s end takes with it ends with 137, and its client with it', async () => {
    const own = startDetached(store, 'exec sleep 1000');
    const child = spawn(program, ['exec', own, 'sh', '-c', 'echo ready; sleep 1000'], {
      env: { PATH: process.env.PATH, TSDOCKER_ROOT: store.root },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const closed = once(child, 'close');
    await once(child.stdout, 'data');
    expect(store.tsdocker('kill', own).status).toBe(0);
    expect(await closed).toEqual([137, null]);
  });

  test('more at once than a shim takes are refused, and the container is as it was', () => {
    const own = startDetached(store, 'exec sleep 1000');
    using opened = openStore(store.root);
    const options = { command: ['sleep', '1000'], env: [], interactive: false, tty: false, privileged: false };
    const start = () => kernel.close(execInContainer(opened, own, options, { client: { streams: [], whole: false } }));
    expect(() => {
      for (let count = 0; count < 200; count++) start();
    }).toThrow(/^cannot run it in \w+: [^\n]*too many/);
    expect(exec(own, 'true')).toMatchObject({ status: 125, stderr: expect.stringMatching(/too many/) });
    expect(inspected(store, own, '{{.State.Status}}')).toBe('running');
    expect(store.tsdocker('rm', '-f', own).status).toBe(0);
  });
});

describe('in a terminal', () => {
  test('exec -it has its own, as large as here, follows it, and is left by its keys', async () => {
    using terminal = openTerminal(store.root);
    await terminal.shows(/outer>/);
    terminal.line('tsdocker exec -it --detach-keys ctrl-a,ctrl-b box sh');
    await terminal.shows(/\/tmp #/);
    terminal.line('clear; tty; stty size; echo $TERM');
    await terminal.shows(/^\/dev\/pts\/0\n24 80\nxterm$/m);
    terminal.resize(70, 20);
    terminal.line('clear; while [ "$(stty size)" != "20 70" ]; do sleep 0.1; done; echo "it follows"');
    await terminal.shows(/^it follows$/m);
    terminal.line('sleep 1000');
    await terminal.shows(/sleep 1000$/m);
    terminal.type('C-c');
    await terminal.shows(/\^C\n/);
    terminal.type('C-a', 'C-b');
    await terminal.shows(/read escape sequence\nouter>/);
    terminal.line('echo "left with $?"; stty -a | grep -o " echo "');
    await terminal.shows(/^left with 0\n echo/m);
    terminal.line('clear; tsdocker exec -it box sh -c "exit 5"; echo "ended with $?"');
    await terminal.shows(/^ended with 5$/m);
  });

  test('-t alone has a terminal and no input', () => {
    expect(output('-t', 'box', 'sh', '-c', 'tty; echo err >&2')).toMatch(/^\/dev\/pts\/\d+\r\nerr\r\n$/);
  });
});

test('its events name it by one id', () => {
  output('box', 'echo', 'an event');
  const until = String(Date.now() / 1000 + 1);
  const words = ['events', '--since', '0', '--until', until, '--filter', 'container=box', '--format', '{{json .}}'];
  const events = store
    .tsdocker(...words)
    .stdout.trim()
    .split('\n');
  const own = events.map((line) => JSON.parse(line)).filter(({ Action }) => /^exec_\w+: echo an event$/.test(Action));
  expect(own.map(({ Action }) => Action)).toEqual(['exec_create: echo an event', 'exec_start: echo an event']);
  const ids = new Set(own.map(({ Actor }) => Actor.Attributes.execID));
  expect([...ids]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
});

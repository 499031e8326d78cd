// attach, and `run` in the foreground: who sees what a container writes, whose input it reads, and how one leaves it.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, inspected, logged, startDetached, stateOf } from '../support/detached.ts';
import { openTerminal } from '../support/terminal.ts';
import { makeStore, program, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
beforeAll(() => {
  store = makeStore();
  store.sh('true');
});
afterAll(() => store[Symbol.dispose]());

interface Client {
  readonly child: ChildProcessWithoutNullStreams;
  stdout(): string;
  stderr(): string;
  /** Its exit status, or the signal that ended it. */
  ended(): Promise<number | string>;
}

function client(...words: string[]): Client {
  const child = spawn(program, words, { env: { PATH: process.env.PATH, TSDOCKER_ROOT: store.root } });
  const closed = once(child, 'close') as Promise<[number | null, string | null]>;
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  child.stdin.on('error', () => {});
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    async ended() {
      const [status, signal] = await closed;
      return status ?? signal!;
    },
  };
}

const sees = (each: Client, text: string): Promise<true | string> =>
  eventually(`a client sees ${JSON.stringify(text)}, not ${JSON.stringify(each.stdout())}`, () =>
    each.stdout().includes(text),
  );

/** How often somebody has attached to it so far. */
function attachments(id: string): number {
  const until = String(Date.now() / 1000 + 1);
  const { stdout } = store.tsdocker('events', '--since', '0', '--until', until, '--filter', `container=${id}`);
  return stdout.split('\n').filter((line) => line.includes(' attach ')).length;
}

/** Says each line that it reads, with a word in front. */
const echo =
  'echo ready; while read line; do echo "got $line"; echo "err $line" >&2; [ "$line" = end ] && exit 5; done; echo over';

describe('several clients of one container', () => {
  test('all see the same from when they came, each may type, and all end with its status', async () => {
    const id = startDetached(store, echo, '-i');
    const first = client('attach', id);
    first.child.stdin.write('a\n');
    await sees(first, 'got a');
    const second = client('attach', id);
    const silent = client('attach', '--no-stdin', id);
    await eventually('all are attached', () => attachments(id) === 3);
    second.child.stdin.write('b\n');
    for (const each of [first, second, silent]) await sees(each, 'got b');
    silent.child.stdin.write('not read\n');
    first.child.stdin.write('end\n');
    expect(await Promise.all([first, second, silent].map((each) => each.ended()))).toEqual([5, 5, 5]);
    expect(first.stdout()).toBe('got a\ngot b\ngot end\n');
    expect(second.stdout()).toBe('got b\ngot end\n');
    expect(silent.stdout()).toBe('got b\ngot end\n');
    expect(second.stderr()).toBe('err b\nerr end\n');
  });

  test('one that is killed is no event for the container, nor for the others', async () => {
    const id = startDetached(store, echo, '-i');
    const first = client('attach', id);
    const second = client('attach', id);
    first.child.stdin.write('a\n');
    await sees(first, 'got a');
    first.child.kill('SIGKILL');
    await first.ended();
    second.child.stdin.write('b\n');
    await sees(second, 'got b');
    expect(stateOf(store, id).status).toBe('running');
    second.child.stdin.write('end\n');
    expect(await second.ended()).toBe(5);
  });

  test('the end of a client’s input is not the container’s with -d, and it goes on seeing it', async () => {
    const id = startDetached(store, echo, '-i');
    const first = client('attach', id);
    first.child.stdin.end('a\n');
    await sees(first, 'got a');
    const second = client('attach', id);
    second.child.stdin.write('end\n');
    expect([await first.ended(), await second.ended()]).toEqual([5, 5]);
    expect(first.stdout()).toContain('got end\n');
  });

  test('the end of the input of run -i is the container’s', () => {
    const run = store.tsdockerWith(
      { input: 'a\n' },
      'run',
      '-i',
      '--rm',
      '--network',
      'none',
      'localhost/busybox',
      'sh',
      '-c',
      echo,
    );
    expect(run).toEqual({ status: 0, stdout: 'ready\ngot a\nover\n', stderr: 'err a\n' });
  });
});

describe('signals of an attached client', () => {
  const script = "trap 'echo told; exit 6' TERM; echo ready; while :; do sleep 0.1; done";

  test('are the container’s', async () => {
    const id = startDetached(store, `${script}`);
    const attached = client('attach', id);
    await logged(store, id, 'ready');
    await eventually('it has become the small client', () =>
      readFileSync(`/proc/${attached.child.pid}/comm`, 'utf8').startsWith('tsdocker-attach'),
    );
    attached.child.kill('SIGTERM');
    expect(await attached.ended()).toBe(6);
    expect(attached.stdout()).toContain('told\n');
  });

  test('are not with --sig-proxy=false', async () => {
    const id = startDetached(store, script);
    const attached = client('attach', '--sig-proxy=false', id);
    await logged(store, id, 'ready');
    await eventually('it has become the small client', () =>
      readFileSync(`/proc/${attached.child.pid}/comm`, 'utf8').startsWith('tsdocker-attach'),
    );
    attached.child.kill('SIGTERM');
    expect(await attached.ended()).toBe('SIGTERM');
    expect(stateOf(store, id).status).toBe('running');
  });
});

describe('run -a', () => {
  const script = 'echo out; echo err >&2; exit 2';
  const run = (...flags: string[]) =>
    store.tsdocker('run', '--rm', '--network', 'none', ...flags, 'localhost/busybox', 'sh', '-c', script);

  test.each([
    [[], 'out\n', 'err\n'],
    [['-a', 'stdout'], 'out\n', ''],
    [['-a', 'stderr'], '', 'err\n'],
    [['-a', 'stdout', '-a', 'STDERR'], 'out\n', 'err\n'],
  ])('%j', (flags, stdout, stderr) => {
    expect(run(...flags)).toEqual({ status: 2, stdout, stderr });
  });

  test('of no stream, and beside -d, is refused', () => {
    expect(run('-a', 'stdlog')).toMatchObject({
      status: 125,
      stderr: expect.stringMatching(/^tsdocker: [^\n]*stdlog/),
    });
    expect(run('-d', '-a', 'stdout')).toMatchObject({ status: 125, stdout: '' });
  });
});

describe('what is written', () => {
  const size = 100 * 2 ** 20;
  const block = 'dd if=/dev/urandom of=/data bs=1M count=5 2>/dev/null; sha256sum </data | cut -c1-64 >&2; ';
  const whole = `${block} i=0; while [ $i -lt 20 ]; do cat /data; i=$((i+1)); done`;

  /** The sum of the whole, from that of the fifth… which only the container knows: it repeats what it wrote. */
  async function received(each: Client, isSlow: boolean): Promise<{ size: number; sums: Set<string> }> {
    let bytes = 0;
    let rest: Buffer[] = [];
    const sums = new Set<string>();
    const part = size / 20;
    let left = part;
    each.child.stdout.removeAllListeners('data');
    for await (const chunk of each.child.stdout) {
      let piece = Buffer.from(chunk, 'latin1');
      bytes += piece.byteLength;
      while (piece.byteLength >= left) {
        rest.push(piece.subarray(0, left));
        const hash = createHash('sha256');
        for (const part of rest) hash.update(part);
        sums.add(hash.digest('hex'));
        piece = piece.subarray(left);
        rest = [];
        left = part;
      }
      rest.push(piece);
      left -= piece.byteLength;
      if (isSlow && bytes % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return { size: bytes, sums };
  }

  test.each([
    ['run', false],
    ['run', true],
  ])('arrives byte for byte through %s, a slow reader: %j', async (verb, isSlow) => {
    const each = client(
      verb,
      '--rm',
      '--network',
      'none',
      '--log-driver',
      'none',
      'localhost/busybox',
      'sh',
      '-c',
      whole,
    );
    each.child.stdout.setEncoding('latin1');
    const result = await received(each, isSlow);
    expect(await each.ended()).toBe(0);
    expect(result.size).toBe(size);
    expect([...result.sums]).toEqual([each.stderr().trim()]);
  });

  test('reaches a file as it is', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tsdocker-out-'));
    try {
      const out = openSync(join(folder, 'out'), 'w');
      const words = [
        'run',
        '--rm',
        '--network',
        'none',
        '--log-driver',
        'none',
        'localhost/busybox',
        'sh',
        '-c',
        whole,
      ];
      const child = spawn(program, words, {
        env: { PATH: process.env.PATH, TSDOCKER_ROOT: store.root },
        stdio: ['ignore', out, 'pipe'],
      });
      let sum = '';
      child.stderr!.setEncoding('utf8').on('data', (text) => (sum += text));
      expect(await once(child, 'close')).toEqual([0, null]);
      const bytes = readFileSync(join(folder, 'out'));
      expect(bytes.byteLength).toBe(size);
      for (let at = 0; at < size; at += size / 20) {
        expect(
          createHash('sha256')
            .update(bytes.subarray(at, at + size / 20))
            .digest('hex'),
        ).toBe(sum.trim());
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('every byte there is goes in and comes out as it is', () => {
    const bytes = Buffer.from(Array.from({ length: 65536 }, (_, index) => (index * 7 + (index >> 8)) & 255));
    const run = store.tsdockerWith(
      { input: bytes },
      ...['run', '-i', '--rm', '--network', 'none', 'localhost/busybox', 'sh', '-c', 'sha256sum | cut -c1-64'],
    );
    expect(run.stdout.trim()).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  test('a reader that goes away keeps the container from nothing', async () => {
    const each = client(
      'run',
      '--name',
      'unread',
      '--network',
      'none',
      'localhost/busybox',
      'sh',
      '-c',
      'yes | head -c 9000000; echo x >/done; exit 3',
    );
    await once(each.child.stdout, 'data');
    each.child.stdout.destroy();
    expect(await each.ended()).toBe(3);
    expect(inspected(store, 'unread', '{{.State.ExitCode}}')).toBe('3');
  });
});

describe('in a terminal', () => {
  test('run -dit and then attach: the shell that runs, the window as large as here, and ctrl-p ctrl-q leaves it', async () => {
    const words = ['run', '-dit', '--network', 'none', 'localhost/busybox', 'sh'];
    const id = store.tsdocker(...words).stdout.trim();
    using terminal = openTerminal(store.root);
    await terminal.shows(/outer>/);
    terminal.line(`tsdocker attach ${id.slice(0, 12)}`);
    await eventually('it is attached', () => attachments(id) === 1);
    terminal.type('Enter');
    await terminal.shows(/\/ #/);
    terminal.line('clear; tty; stty size');
    await terminal.shows(/^\/dev\/pts\/0\n24 80$/m);
    terminal.resize(70, 20);
    terminal.line('clear; while [ "$(stty size)" != "20 70" ]; do sleep 0.1; done; echo "it follows"');
    await terminal.shows(/^it follows$/m);
    terminal.type('C-p', 'C-q');
    await terminal.shows(/read escape sequence\nouter>/);
    terminal.line('echo "left with $?"; stty -a | grep -o " echo "');
    await terminal.shows(/^left with 0\n echo/m);
    expect(stateOf(store, id).status).toBe('running');
    terminal.line(`clear; tsdocker attach ${id}`);
    await eventually('it is attached', () => attachments(id) === 2);
    terminal.line('exit 9');
    await terminal.shows(/outer>[^>]*$/);
    expect(store.tsdocker('wait', id).stdout).toBe('9\n');
  });

  test('run -it is left by --detach-keys, and ctrl-p is then typed like any other', async () => {
    using terminal = openTerminal(store.root);
    await terminal.shows(/outer>/);
    terminal.line('tsdocker run -it --name left --network none --detach-keys ctrl-a,x localhost/busybox cat -v');
    await eventually('it runs', () => store.tsdocker('ps', '--format', '{{.Names}}').stdout.includes('left'));
    terminal.line('hello');
    await terminal.shows(/^hello\nhello$/m);
    terminal.type('C-p', 'Enter');
    await terminal.shows(/^\^P\n\^P$/m);
    terminal.type('C-a', 'b', 'Enter');
    await terminal.shows(/^\^Ab\n\^Ab$/m);
    terminal.type('C-a', 'x');
    await terminal.shows(/read escape sequence\nouter>/);
    expect(inspected(store, 'left', '{{.State.Status}}')).toBe('running');
  });

  test('a terminal for the container and a pipe for us cannot be', () => {
    const run = store.tsdocker('run', '-it', '--rm', '--network', 'none', 'localhost/busybox', 'true');
    expect(run).toMatchObject({ status: 125, stderr: expect.stringMatching(/the input device is not a terminal\n/) });
    const made = store.tsdocker('create', '-it', '--network', 'none', 'localhost/busybox', 'true').stdout.trim();
    expect(store.tsdocker('start', '-ai', made)).toMatchObject({ status: 125, stdout: '' });
    expect(inspected(store, made, '{{.State.Status}}')).toBe('created');
  });
});

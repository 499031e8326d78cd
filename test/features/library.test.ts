// The library, from its sources: what programs expect of it beyond its examples (library-examples.test.ts), and what they suffer
// elsewhere. What must hold for a whole process is tested in processes of their own.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Container, type ContainerOptions, Engine, TsdockerError } from '../../src/index.ts';
import { makeOciLayout, pushLayout } from '../support/image-fixture.ts';
import { startRegistry } from '../support/registry-server.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

const busybox = 'localhost/busybox';
const quiet: ContainerOptions = { network: 'none' };
const library = pathToFileURL(join(import.meta.dirname, '../../dist/index.js')).href;

let store: TestStore;
let engine: Engine;
beforeAll(async () => {
  store = makeStore();
  engine = await Engine.open({ root: store.root });
});
afterAll(async () => {
  await engine.close();
  store[Symbol.dispose]();
});

const forever = (options: ContainerOptions = {}): Promise<Container> =>
  engine.run(busybox, ['sleep', '1000'], { ...quiet, ...options });
const textOf = async (stream: AsyncIterable<Uint8Array>): Promise<string> =>
  Buffer.concat(await Array.fromAsync(stream)).toString();
const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'fulfilled',
    (error) => (error instanceof TsdockerError ? error.code : error),
  );

describe('a container', () => {
  test('goes through its life', async () => {
    await using container = await engine.create(busybox, ['sleep', '1000'], { ...quiet, stopSignal: 'SIGKILL' });
    expect(container.state.status).toBe('created');
    await container.start();
    await container.start(); // runs already: no error
    expect(container.state.status).toBe('running');
    await container.pause();
    expect(container.state.status).toBe('paused');
    expect(await codeOf(container.exec(['true']))).toBe('conflict');
    await container.unpause();
    await container.restart();
    await container.rename('another-name');
    expect(engine.get('another-name').id).toBe(container.id);
    await container.update({ restart: { name: 'on-failure', maximum: 3 } });
    expect(container.inspect()).toMatchObject({
      Name: '/another-name',
      HostConfig: { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 } },
    });
    expect((await container.top()).processes).toHaveLength(1);
    await container.stop();
    expect(await container.wait()).toEqual({ exitCode: 137, oomKilled: false });
    await container.remove();
    expect(await codeOf(container.start())).toBe('notFound');
  });

  test('is listed while it runs, and found by filters', async () => {
    await using container = await forever({ labels: { kind: 'listed' } });
    const listed = engine.list({ filters: ['label=kind=listed'] });
    expect(listed).toEqual([expect.objectContaining({ id: container.id, image: expect.stringMatching(/busybox/) })]);
    expect(engine.list({ filters: ['label=kind=other'] })).toEqual([]);
    await container.kill();
    expect(engine.list({ filters: ['label=kind=listed'] })).toEqual([]);
    expect(engine.list({ all: true, filters: ['label=kind=listed'] })).toHaveLength(1);
  });

  test('gives its environment, its mounts and its limits as they were asked for', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tsdocker-library-'));
    writeFileSync(join(folder, 'file'), 'of the host');
    const { stdout } = await engine.output(busybox, ['sh', '-c', 'echo "$A $B"; cat /in/file; ulimit -n'], {
      ...quiet,
      env: { A: 'one', B: 'two words', PATH: '/bin' },
      mounts: [{ type: 'bind', source: folder, target: '/in', readOnly: true }],
      ulimits: [{ name: 'nofile', soft: 77, hard: 77 }],
      memory: undefined,
    });
    rmSync(folder, { recursive: true });
    expect(stdout).toBe('one two words\nof the host77\n');
  });

  test('becomes an image, and an archive', async () => {
    await using container = await engine.create(busybox, ['sh', '-c', 'echo made > /made'], quiet);
    await container.start();
    await container.wait();
    expect(await container.diff()).toContainEqual({ kind: 'added', path: '/made' });
    const id = await container.commit({ name: 'localhost/made', message: 'by a test' });
    expect(engine.images.inspect('localhost/made')).toMatchObject({ Id: id });
    expect((await engine.output('localhost/made', ['cat', '/made'], quiet)).stdout).toBe('made\n');
    const imported = await engine.images.import(container.export(), {
      name: 'localhost/flat',
      changes: ['CMD ["true"]'],
    });
    expect(engine.images.list().map((row) => row.id)).toContain(imported);
    const names = ['localhost/made', 'localhost/flat'];
    const archive = await Array.fromAsync(engine.images.save(names));
    for (const name of names) engine.images.remove(name);
    const loaded = await engine.images.load(Readable.from(archive));
    expect([...loaded].sort()).toEqual(['localhost/flat:latest', 'localhost/made:latest']);
    for (const name of names) engine.images.remove(name);
  });

  test('takes files in and gives them back, also as archives', async () => {
    await using container = await engine.create(busybox, ['true'], quiet);
    await using other = await forever();
    const folder = mkdtempSync(join(tmpdir(), 'tsdocker-library-'));
    writeFileSync(join(folder, 'a'), 'content');
    await container.files.copyIn(folder, '/tmp/copied');
    await other.files.unpack(container.files.pack('/tmp/copied'), '/tmp');
    expect((await other.output(['cat', '/tmp/copied/a'])).stdout).toBe('content');
    await other.files.copyOut('/tmp/copied/a', join(folder, 'b'));
    expect(readFileSync(join(folder, 'b'), 'utf8')).toBe('content');
    expect(await codeOf(other.files.copyOut('/tmp/nothing', folder))).toBe('notFound');
    rmSync(folder, { recursive: true });
  });
});

describe('what programs suffer elsewhere', () => {
  test('a pull that resolved is an image that is there', async () => {
    const registry = await startRegistry();
    const folder = mkdtempSync(join(tmpdir(), 'tsdocker-library-'));
    try {
      const layout = await makeOciLayout(join(folder, 'layout'), {
        layers: [[{ name: 'a', body: 'x'.repeat(300_000) }], [{ name: 'b', body: 'topmost' }]],
        config: { Cmd: ['/a'] },
      });
      const name = `${registry.host}/two:1`;
      await pushLayout(layout, name, { format: 'oci' });
      const statuses = new Set<string>();
      const registries = { plainHttp: [registry.host] };
      const id = await engine.images.pull(name, { registries, onProgress: ({ status }) => statuses.add(status) });
      // At once, in the same turn.
      const container = await engine.create(name, [], quiet);
      expect(engine.images.inspect(name)).toMatchObject({ Id: id, RepoTags: [name] });
      expect(statuses).toContain('unpacked');
      await container.remove();
      engine.images.tag(name, `${registry.host}/two:2`);
      expect(await engine.images.push(`${registry.host}/two:2`, { registries })).toMatch(/^sha256:/);
      expect(await codeOf(engine.images.pull(`${registry.host}/none`, { registries }))).toBe('notFound');
      const reason = new Error('given up');
      expect(await codeOf(engine.images.pull(name, { registries, signal: AbortSignal.abort(reason) }))).toBe(reason);
    } finally {
      await registry.stop();
      rmSync(folder, { recursive: true });
    }
  });

  test('the streams of an exec end with its process, whoever else holds them', async () => {
    await using container = await forever();
    await using process = await container.exec(['sh', '-c', 'sleep 1000 & echo gone']);
    expect(await textOf(process.stdout)).toBe('gone\n');
    expect(await textOf(process.stderr)).toBe('');
    expect(await process.wait()).toEqual({ exitCode: 0, oomKilled: false });
  });

  test('the streams of an exec end when its container is killed', async () => {
    await using container = await forever();
    await using process = await container.exec(['sleep', '1000']);
    const text = textOf(process.stdout);
    await container.kill();
    expect(await text).toBe('');
    expect((await process.wait()).exitCode).toBe(137);
  });

  test('an output is the process’s bytes and no others, however they are cut', async () => {
    await using container = await forever();
    const script =
      'i=0; while [ $i -lt 2000 ]; do echo "line $i"; i=$((i+1)); done; printf "\\001\\000\\000\\000\\000\\377"';
    const { stdoutBytes } = await container.output(['sh', '-c', script]);
    const lines = Array.from({ length: 2000 }, (_, index) => `line ${index}\n`).join('');
    expect(Buffer.from(stdoutBytes).equals(Buffer.from(`${lines}\u0001\0\0\0\0\xff`, 'latin1'))).toBe(true);
  });

  test('megabytes go through a process and come back whole', async () => {
    await using container = await forever();
    const input = Buffer.from(Array.from({ length: 500_000 }, (_, index) => `${index}\n`).join(''));
    const { stdoutBytes, exitCode } = await container.output(['cat'], { input });
    expect(exitCode).toBe(0);
    expect(Buffer.from(stdoutBytes).equals(input)).toBe(true);
  });

  test('nothing runs beside the containers to clean up after them', async () => {
    await using _one = await forever();
    await using _two = await forever();
    expect(engine.list({ all: true }).length).toBe(store.tsdocker('ps', '-aq').stdout.trim().split('\n').length);
    expect(engine.list().every(({ command }) => command.join(' ') === 'sleep 1000')).toBe(true);
  });
});

describe('a process', () => {
  test('tells its two outputs apart, and its end', async () => {
    const { container, process } = await engine.spawn(busybox, ['sh', '-c', 'echo out; echo err >&2; exit 5'], quiet);
    await using _ = container;
    expect(await Promise.all([textOf(process.stdout), textOf(process.stderr)])).toEqual(['out\n', 'err\n']);
    expect(await process.wait()).toEqual({ exitCode: 5, oomKilled: false });
  });

  test('that nobody reads ends all the same, and its beginning can be read later', async () => {
    await using container = await forever();
    await using brief = await container.exec(['echo', 'hello']);
    expect((await brief.wait()).exitCode).toBe(0);
    expect(await textOf(brief.stdout)).toBe('hello\n');
    await using long = await container.exec(['head', '-c', '20000000', '/dev/zero']);
    expect((await long.wait()).exitCode).toBe(0);
    await expect(textOf(long.stdout)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('waits for its reader', async () => {
    await using container = await forever();
    await using process = await container.exec(['head', '-c', '20000000', '/dev/zero']);
    let size = 0;
    for await (const chunk of process.stdout) {
      size += chunk.byteLength;
      if (size < 1_000_000) await setTimeout(1);
    }
    expect(size).toBe(20_000_000);
  });

  test('has a terminal of the size that was asked for', async () => {
    await using container = await forever();
    const size = { height: 33, width: 99 };
    await using process = await container.exec(['stty', 'size'], { tty: true, interactive: true, size });
    expect(await textOf(process.stdout)).toBe('33 99\r\n');
    await using later = await container.exec(['sh', '-c', 'read line; stty size'], { tty: true, interactive: true });
    await later.resize({ height: 12, width: 34 });
    await later.stdin.getWriter().write('\n');
    expect(await textOf(later.stdout)).toContain('12 34\r\n');
  });

  test('takes signals, and no input that it did not ask for', async () => {
    await using container = await forever();
    await using process = await container.exec(['sleep', '1000']);
    await expect(process.stdin.getWriter().write('text')).rejects.toMatchObject({ code: 'conflict' });
    await process.kill('SIGINT');
    expect((await process.wait()).exitCode).toBe(130);
    expect(await codeOf(process.kill('SIGNONE'))).toBe('usage');
  });

  test('that ends early is no failure of its input', async () => {
    const { stdout } = await engine.output(busybox, ['head', '-c', '3'], { ...quiet, input: 'abc'.repeat(1_000_000) });
    expect(stdout).toBe('abc');
  });

  test('is attached to from now on, and left to itself', async () => {
    await using container = await engine.run(busybox, ['cat'], { ...quiet, interactive: true });
    {
      await using first = await container.attach();
      await first.stdin.getWriter().write('one\n');
      const { value } = await first.stdout.getReader().read();
      expect(Buffer.from(value!).toString()).toBe('one\n');
    }
    expect(container.state.status).toBe('running');
    await using second = await container.attach();
    await second.stdin.getWriter().write('two\n');
    const { value } = await second.stdout.getReader().read();
    expect(Buffer.from(value!).toString()).toBe('two\n');
    await container.kill();
    expect((await second.wait()).exitCode).toBe(137);
  });

  test('is given up by a signal, and the wait for it too', async () => {
    await using container = await forever();
    const reason = new Error('enough');
    const late = (): AbortSignal => {
      const controller = new AbortController();
      void setTimeout(50).then(() => controller.abort(reason));
      return controller.signal;
    };
    await using process = await container.exec(['sleep', '1000']);
    expect(await codeOf(process.wait({ signal: late() }))).toBe(reason);
    expect(await codeOf(container.wait({ signal: late() }))).toBe(reason);
    expect(await codeOf(container.output(['sleep', '1000'], { signal: late() }))).toBe(reason);
    expect(
      await codeOf(engine.output(busybox, ['sleep', '1000'], { ...quiet, name: 'given-up', signal: late() })),
    ).toBe(reason);
    expect(() => engine.get('given-up')).toThrow(TsdockerError);
    const entries = container.logs({ follow: true, signal: late() });
    expect(await codeOf(entries.next())).toBe(reason);
    expect(await codeOf(engine.events({ signal: late() }).next())).toBe(reason);
  });
});

describe('health', () => {
  test('a check that fails for good is an error with what it said', async () => {
    await using container = await forever({ health: { test: 'echo not yet; exit 1', interval: 50, retries: 2 } });
    await expect(container.waitUntilHealthy()).rejects.toMatchObject({
      code: 'conflict',
      hint: 'its check says: not yet',
    });
    expect(container.health?.status).toBe('unhealthy');
  });

  test('is not waited for where there is none, or nothing runs', async () => {
    await using container = await forever();
    expect(await codeOf(container.waitUntilHealthy())).toBe('usage');
    await using ended = await engine.run(busybox, ['true'], { ...quiet, health: { test: ['true'], interval: 60_000 } });
    await ended.wait();
    expect(await codeOf(ended.waitUntilHealthy())).toBe('conflict');
  });
});

describe('wishes that cannot be granted', () => {
  const bad: readonly (readonly [string, ContainerOptions, string])[] = [
    ['a name that is none', { name: '-x' }, 'usage'],
    ['a NUL', { env: { A: 'a\0b' } }, 'usage'],
    ['a variable with = in its name', { env: { 'A=B': '' } }, 'usage'],
    ['rm and restart', { rm: true, restart: 'always' }, 'usage'],
    ['a relative workdir', { workdir: 'tmp' }, 'usage'],
    [
      'two mounts in one place',
      {
        mounts: [
          { type: 'tmpfs', target: '/a' },
          { type: 'tmpfs', target: '/a' },
        ],
      },
      'usage',
    ],
    ['a source that is not there', { mounts: [{ type: 'bind', source: '/not/there', target: '/a' }] }, 'notFound'],
    ['a limit that is no number', { memory: Number.NaN }, 'usage'],
    ['an image that may not be fetched', { pull: 'never' }, 'notFound'],
  ];
  test.each(bad)('%s is refused, and leaves nothing', async (_name, options, code) => {
    const image = options.pull === 'never' ? 'localhost/nobody' : busybox;
    const before = readdirSync(join(store.root, 'container'));
    expect(await codeOf(engine.create(image, ['true'], { ...quiet, ...options }))).toBe(code);
    expect(readdirSync(join(store.root, 'container')).filter((id) => !before.includes(id))).toEqual([]);
  });

  test('a command that is not there is told as such, with run and with exec', async () => {
    expect(await codeOf(engine.run(busybox, ['/nowhere'], quiet))).toBe('commandNotFound');
    await using container = await forever();
    expect(await codeOf(container.exec(['/nowhere']))).toBe('commandNotFound');
    expect(await codeOf(container.exec(['/etc']))).toBe('commandNotExecutable');
    expect(await codeOf(container.exec([]))).toBe('usage');
  });

  test('a closed engine does nothing more, and ends what is waited for', async () => {
    const other = await Engine.open({ root: store.root });
    await using container = await forever();
    const waiting = other.get(container.id).wait();
    const ended = codeOf(waiting);
    await setTimeout(20);
    await other.close();
    await other.close();
    expect(await ended).toBe('conflict');
    expect(() => other.list()).toThrow('the engine was closed');
    expect(container.state.status).toBe('running');
  });
});

describe('in somebody’s process', () => {
  /** Runs a program against the built library; what it prints. */
  function run(program: string): { status: number | null; stdout: string; stderr: string } {
    const path = join(store.root, `program-${crypto.randomUUID()}.mjs`);
    writeFileSync(path, `import { Engine } from ${JSON.stringify(library)};\n${program}`);
    const { status, stdout, stderr } = spawnSync(process.execPath, [path], {
      encoding: 'utf8',
      timeout: 50_000,
      env: { PATH: process.env.PATH ?? '', TSDOCKER_ROOT: store.root },
    });
    rmSync(path);
    return { status, stdout, stderr };
  }

  test('nothing is left of a use: no handler, no descriptor, no handle, no namespace, no output', () => {
    const { status, stdout, stderr } = run(`
      import { readdirSync, readlinkSync } from 'node:fs';
      const state = () => JSON.stringify({
        descriptors: readdirSync('/proc/self/fd').length,
        namespaces: readdirSync('/proc/self/ns').map((name) => readlinkSync('/proc/self/ns/' + name)),
        cwd: process.cwd(), umask: process.umask(), exitCode: process.exitCode,
        handlers: process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
        resources: process.getActiveResourcesInfo().filter((name) => !/TTY|Pipe/.test(name)),
      });
      const use = async () => {
        await using engine = await Engine.open();
        await engine.output('localhost/busybox', ['true'], { network: 'none' });
        await using container = await engine.run('localhost/busybox', ['sleep', '1000'], { network: 'none' });
        await container.output(['cat'], { input: 'text' });
        for await (const event of engine.events({ since: 0 })) break;
        for await (const stats of container.stats({ interval: 10 })) break;
        await container.files.pack('/etc/hostname').cancel();
        container.inspect();
      };
      await use();
      await new Promise((resolve) => setTimeout(resolve, 50));
      const before = state();
      for (let i = 0; i < 3; i++) await use();
      await new Promise((resolve) => setTimeout(resolve, 50));
      const after = state();
      console.log(before === after ? 'the same' : before + after);
    `);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'the same\n', stderr: '' });
  });

  test('what is open and not waited for keeps no process alive', () => {
    const { status, stdout, stderr } = run(`
      const engine = await Engine.open();
      const container = await engine.run('localhost/busybox', ['sleep', '1000'], { network: 'none', name: 'kept' });
      const process = await container.exec(['cat'], { interactive: true });
      const writer = process.stdin.getWriter();
      await writer.write('text');
      const { value } = await process.stdout.getReader().read();
      const attached = await container.attach();
      const events = engine.events({ since: 0 });
      await events.next();
      const stats = container.stats();
      await stats.next();
      console.log(value.byteLength);
    `);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '4\n', stderr: '' });
    expect(store.tsdocker('rm', '-f', 'kept').status).toBe(0);
  });

  test('several engines over several stores do not get in each other’s way', async () => {
    using second = makeStore();
    await using other = await Engine.open({ root: second.root });
    await using _mine = await forever({ name: 'twin' });
    await using _theirs = await other.run(busybox, ['sleep', '1000'], { ...quiet, name: 'twin' });
    expect(engine.get('twin').id).not.toBe(other.get('twin').id);
    expect(other.list()).toHaveLength(1);
    expect(readlinkSync('/proc/self/ns/mnt')).toBe(readlinkSync(`/proc/${process.ppid}/ns/mnt`));
  });
});

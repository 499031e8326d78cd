// Filters that real engines make: runs runc with a seccomp profile and reads what it installed out of the kernel. Also
// asks the machine's libseccomp which call names it knows, since an older one than ours skips the newer.
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { x32Bit } from '../../src/kernel/syscalls/index.ts';
import type { Seccomp } from '../../src/spec/types.ts';

const run = promisify(execFile);

/** Compiles a C file of this folder into `folder`; gives the program's path. */
export function compileTool(name: string, folder: string, libraries: readonly string[] = []): string {
  const program = join(folder, name);
  execFileSync('gcc', ['-O1', '-Wall', '-o', program, join(import.meta.dirname, `${name}.c`), ...libraries]);
  return program;
}

/** The newest filter of a process that has one; waits until it runs `command`. */
export async function dumpFilter(dumper: string, pid: number, command: string): Promise<Uint8Array> {
  while (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() !== command) await sleep(10);
  return (await run(dumper, [`${pid}`], { encoding: 'buffer', maxBuffer: 1 << 20 })).stdout;
}

/** A folder with the tools and one root file system for the containers of a test file; remove it when done. */
export class RuncPeer implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'tsdocker-seccomp-'));
  readonly #dumper = compileTool('dump-seccomp', this.folder);
  #containers = 0;

  constructor() {
    mkdirSync(join(this.folder, 'rootfs/bin'), { recursive: true });
    copyFileSync('/bin/busybox', join(this.folder, 'rootfs/bin/sleep'));
    for (const mount of ['proc', 'dev']) mkdirSync(join(this.folder, 'rootfs', mount));
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs a container with the profile and gives the filter that runc set. */
  async filterFor(seccomp: Seccomp): Promise<Uint8Array> {
    const id = `tsdocker-seccomp-${process.pid}-${++this.#containers}`;
    const bundle = join(this.folder, id);
    const pidFile = join(bundle, 'pid');
    mkdirSync(bundle);
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(this.#configWith(seccomp)));
    const runc = ['--root', join(this.folder, 'state')];
    try {
      // Its output is a file and not a pipe: the container would hold the pipe open.
      await run('sh', [
        '-c',
        `exec runc "$@" >"${bundle}/log" 2>&1 </dev/null`,
        'runc',
        ...runc,
        'run',
        '-d',
        '--pid-file',
        pidFile,
        '--bundle',
        bundle,
        id,
      ]);
      return await dumpFilter(this.#dumper, Number(readFileSync(pidFile, 'utf8')), 'sleep');
    } catch (error) {
      throw new Error(`runc: ${readFileSync(join(bundle, 'log'), 'utf8')}`, { cause: error });
    } finally {
      await run('runc', [...runc, 'delete', '--force', id]).catch(() => undefined);
    }
  }

  #configWith(seccomp: Seccomp): object {
    return {
      ociVersion: '1.0.2',
      root: { path: join(this.folder, 'rootfs'), readonly: true },
      process: { cwd: '/', args: ['/bin/sleep', '60'], env: [], user: { uid: 0, gid: 0 }, noNewPrivileges: true },
      mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }],
      linux: { namespaces: [{ type: 'pid' }, { type: 'mount' }], seccomp },
    };
  }
}

/** A Docker daemon of the test's own, in a folder of its own, without networks. Stop it when done. */
export class DockerPeer implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'tsdocker-dockerd-'));
  readonly #dumper = compileTool('dump-seccomp', this.folder);
  readonly #daemon: ChildProcess;
  readonly #cgroup = `/tsdocker-dockerd-${process.pid}`;

  private constructor() {
    const log = openSync(join(this.folder, 'log'), 'w');
    const path = (name: string) => join(this.folder, name);
    const quiet = [
      '--bridge=none',
      '--iptables=false',
      '--ip-forward=false',
      '--ip-masq=false',
      '--storage-driver=vfs',
    ];
    const places = ['--data-root', path('data'), '--exec-root', path('exec'), '--pidfile', path('pid')];
    const options = [
      ...places,
      '--cgroup-parent',
      this.#cgroup,
      '--config-file',
      path('daemon.json'),
      '-H',
      `unix://${path('socket')}`,
      ...quiet,
    ];
    writeFileSync(path('daemon.json'), '{}');
    this.#daemon = spawn('dockerd', options, { stdio: ['ignore', log, log] });
    closeSync(log);
  }

  static async start(): Promise<DockerPeer> {
    const peer = new DockerPeer();
    const giveUp = Date.now() + 60_000;
    while (!existsSync(join(peer.folder, 'socket')) || (await peer.#docker('version').catch(() => '')) === '') {
      if (peer.#daemon.exitCode === null && Date.now() < giveUp) await sleep(100);
      else {
        const log = readFileSync(join(peer.folder, 'log'), 'utf8');
        await peer[Symbol.asyncDispose]();
        throw new Error(`dockerd: ${log}`);
      }
    }
    const root = join(peer.folder, 'root/bin');
    mkdirSync(root, { recursive: true });
    copyFileSync('/bin/busybox', join(root, 'sleep'));
    execFileSync('tar', ['-C', join(peer.folder, 'root'), '-cf', join(peer.folder, 'root.tar'), '.']);
    await peer.#docker('import', join(peer.folder, 'root.tar'), 'sleeper');
    return peer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = new Promise((resolve) => this.#daemon.once('exit', resolve));
    if (this.#daemon.exitCode === null && this.#daemon.kill('SIGTERM')) await gone;
    // In each hierarchy, or right here on a pure cgroup v2 host: Docker leaves it behind.
    const hierarchies = ['', ...readdirSync('/sys/fs/cgroup')].map((name) =>
      join('/sys/fs/cgroup', name, this.#cgroup),
    );
    for (const left of hierarchies) if (existsSync(left)) rmdirSync(left);
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #docker(...args: string[]): Promise<string> {
    return (await run('docker', ['-H', `unix://${join(this.folder, 'socket')}`, ...args])).stdout.trim();
  }

  /** The filter of a container that is started with these flags of `docker run`. */
  async filterFor(...flags: string[]): Promise<Uint8Array> {
    const id = await this.#docker('run', '-d', '--network=none', ...flags, 'sleeper', '/bin/sleep', '60');
    try {
      return await dumpFilter(this.#dumper, Number(await this.#docker('inspect', '-f', '{{.State.Pid}}', id)), 'sleep');
    } finally {
      await this.#docker('rm', '-f', id);
    }
  }

  /** The log, in Docker's json-file format, of a container that says this on its standard output. */
  async logOf(output: Uint8Array): Promise<string> {
    const said = join(this.folder, 'said');
    writeFileSync(said, output);
    const mounts = ['-v', `${said}:/said:ro`, '-v', '/bin/busybox:/bin/cat:ro'];
    const id = await this.#docker('run', '-d', '--network=none', ...mounts, 'sleeper', '/bin/cat', '/said');
    try {
      await this.#docker('wait', id);
      return readFileSync(await this.#docker('inspect', '-f', '{{.LogPath}}', id), 'utf8');
    } finally {
      await this.#docker('rm', '-f', id);
    }
  }
}

/** The numbers of the machine's libseccomp by ABI and name; negative ones stand for calls made through another. */
export type LibseccompTable = Readonly<Record<'x86_64' | 'i386' | 'x32', ReadonlyMap<string, number>>>;

/** What the machine's libseccomp makes of `names`; those that an ABI has not are left out. */
export function readLibseccompTable(names: readonly string[], folder: string): LibseccompTable {
  const program = compileTool('resolve-seccomp', folder, ['-ldl']);
  const tables = { x86_64: new Map(), i386: new Map(), x32: new Map() };
  for (const line of execFileSync(program, { input: names.join('\n'), encoding: 'utf8' })
    .trim()
    .split('\n')) {
    const [name, ...numbers] = line.split(' ');
    for (const [at, abi] of (['x86_64', 'i386', 'x32'] as const).entries()) {
      const number = Number(numbers[at]);
      // From -10000 down: made up, for names that only other architectures have.
      if (number > -10000) tables[abi].set(name, abi === 'x32' ? number - x32Bit : number);
    }
  }
  return tables;
}

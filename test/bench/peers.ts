// The engines we are measured against, each from Debian's packages, with data in a folder of its own and one small image of
// busybox. What was started is ended by `dispose`. An engine that is not installed is left out of the table.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { undoLater } from './cleanup.ts';

export interface Peer {
  readonly name: string;
  readonly version: string;
  /** The words that run one container of the bench image without a network and remove it. */
  command(...args: readonly string[]): readonly string[];
  /** The words that begin every command of the engine, and what each of its runs needs besides the image. */
  readonly cli: readonly string[];
  readonly flags: readonly string[];
  readonly image: string;
  /** What `rm -f` needs to kill at once. */
  readonly atOnce: readonly string[];
  /** The processes that stay for one running container, by their names in the process table; and those there are once for all. */
  readonly perContainer: readonly string[];
  readonly shared: readonly string[];
  dispose(): Promise<void>;
}

export const installed = (program: string): boolean =>
  ['/usr/bin', '/usr/sbin'].some((folder) => existsSync(join(folder, program)));
/** The first line that a program prints. */
export const firstLine = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { encoding: 'utf8' }).split('\n')[0] ?? '';

/** A root file system with busybox, as a folder and as a tar beside it. */
export function makeRoot(folder: string): { root: string; tar: string } {
  const root = join(folder, 'root');
  for (const name of ['bin', 'etc', 'proc', 'sys', 'dev', 'tmp']) mkdirSync(join(root, name), { recursive: true });
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'));
  for (const applet of ['sh', 'true', 'sleep', 'cat', 'yes', 'head']) symlinkSync('busybox', join(root, 'bin', applet));
  const tar = join(folder, 'root.tar');
  execFileSync('tar', ['-C', root, '-cf', tar, '.']);
  return { root, tar };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

export interface Dockerd {
  readonly pid: number;
  /** The words that start a client of it. */
  readonly client: readonly string[];
  stop(): Promise<void>;
}

const noNetworks = ['--bridge=none', '--ip-forward=false', '--ip-masq=false', '--iptables=false', '--ip6tables=false'];

/**
 * A dockerd of our own, with its data and its socket in `folder`, that leaves the network of the machine alone.
 * @param within The words that start a program in a network of its own, where it may have bridges and rules.
 */
export async function startDockerd(folder: string, within?: readonly string[]): Promise<Dockerd> {
  const socket = `unix://${folder}/docker.sock`;
  writeFileSync(`${folder}/daemon.json`, '{}');
  const [program, ...words] = [
    ...(within ?? []),
    ...['dockerd', '--data-root', `${folder}/data`, '--exec-root', `${folder}/exec`, '--pidfile', `${folder}/pid`],
    ...['--host', socket, '--config-file', `${folder}/daemon.json`, '--storage-driver=overlay2'],
    ...(within === undefined ? noNetworks : []),
  ];
  const daemon = spawn(program!, words, { stdio: 'ignore' });
  const stop = undoLater(() => end(daemon));
  const client = ['/usr/bin/docker', '--host', socket];
  for (let tries = 0; ; tries++) {
    const { status } = spawnSync(client[0]!, [...client.slice(1), 'version'], { stdio: 'ignore' });
    if (status === 0) break;
    if (tries > 100 || daemon.exitCode !== null) {
      await stop();
      throw new Error('dockerd does not answer');
    }
    await setTimeout(200);
  }
  return { pid: daemon.pid!, client, stop };
}

async function makeDocker(folder: string, tar: string): Promise<Peer> {
  const { client, stop } = await startDockerd(folder);
  const docker = (...args: string[]) =>
    execFileSync(client[0]!, [...client.slice(1), ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  docker('import', tar, 'bench:latest');
  return {
    name: 'docker',
    version: docker('version', '--format', '{{.Server.Version}}').trim(),
    command: (...args) => [...client, 'run', '--rm', '--network', 'none', 'bench', ...args],
    cli: client,
    flags: ['--network', 'none'],
    image: 'bench',
    atOnce: [],
    perContainer: ['containerd-shim'],
    shared: ['dockerd', 'containerd'],
    dispose: stop,
  };
}

/** crun does not run on a hybrid cgroup, runc does. Its usual limits need CAP_SYS_RESOURCE, which not every root has. */
export const podmanOptions = ['--cgroup-manager=cgroupfs', '--events-backend=file', '--runtime', 'runc'];
export const podmanLimits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'];

function makePodman(folder: string, tar: string): Peer {
  const options = ['--root', `${folder}/root`, '--runroot', `${folder}/run`, ...podmanOptions];
  const runFlags = ['run', '--rm', '--network', 'none', ...podmanLimits];
  execFileSync('podman', [...options, 'import', tar, 'bench:latest'], { stdio: 'ignore' });
  return {
    name: 'podman',
    version: firstLine('podman', '--version').replace('podman version ', ''),
    command: (...args) => ['podman', ...options, ...runFlags, 'bench', ...args],
    cli: ['podman', ...options],
    flags: ['--network', 'none', ...podmanLimits],
    image: 'bench',
    atOnce: ['-t', '0'],
    perContainer: ['conmon'],
    shared: [],
    dispose: async () => {
      execFileSync('podman', [...options, 'system', 'reset', '--force'], { stdio: 'ignore' });
    },
  };
}

function makeRunc(folder: string, root: string): Peer {
  const specify = (name: string, args: readonly string[]): string => {
    const bundle = join(folder, name);
    if (existsSync(bundle)) return bundle;
    mkdirSync(bundle);
    execFileSync('runc', ['spec', '--bundle', bundle]);
    const config = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8'));
    config.process = { ...config.process, terminal: false, args, env: ['PATH=/bin'] };
    config.root = { path: root, readonly: true };
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(config));
    return bundle;
  };
  return {
    name: 'runc',
    version: firstLine('runc', '--version').replace('runc version ', ''),
    command: (...args) => [
      'runc',
      '--root',
      join(folder, 'state'),
      'run',
      '--bundle',
      specify(args.join('-').replaceAll('/', '_'), args),
      `bench-${process.pid}`,
    ],
    cli: [],
    flags: [],
    image: '',
    atOnce: [],
    perContainer: [],
    shared: [],
    dispose: async () => {},
  };
}

/** Every engine that is installed, ready to run its image. `folder` is removed by whoever made it. */
export async function makePeers(folder: string): Promise<Peer[]> {
  const { root, tar } = makeRoot(folder);
  const place = (name: string): string => {
    mkdirSync(join(folder, name));
    return join(folder, name);
  };
  const peers: Peer[] = [];
  if (installed('dockerd')) peers.push(await makeDocker(place('docker'), tar));
  if (installed('podman')) peers.push(makePodman(place('podman'), tar));
  if (installed('runc')) peers.push(makeRunc(place('runc'), root));
  return peers;
}

/** The cgroups at the top of each hierarchy: docker and podman leave theirs behind. */
function topCgroups(): string[] {
  const hierarchies = ['/sys/fs/cgroup', ...readdirSync('/sys/fs/cgroup').map((name) => join('/sys/fs/cgroup', name))];
  return hierarchies.flatMap((folder) =>
    statSync(folder).isDirectory()
      ? ['docker', 'libpod_parent'].map((name) => join(folder, name)).filter((path) => existsSync(path))
      : [],
  );
}

const before = topCgroups();

/** Removes what the peers made in the cgroup trees and nobody uses any more. */
export function removeLeftCgroups(): void {
  for (const path of topCgroups().filter((each) => !before.includes(each))) {
    // One that is used again by now stays.
    spawnSync('find', [path, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';'], { stdio: 'ignore' });
  }
}

export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });

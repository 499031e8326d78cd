// The engines that fetch an image from a registry and make it ready to run, each with a cold store of its own on one and the
// same disk, and with the promises to the disk (fsync) that each makes by itself.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeOwnFolder, type OwnFolder, removeStore } from './cleanup.ts';
import { type Cost, cost } from './measure.ts';
import { firstLine, installed, podmanLimits, podmanOptions, startDockerd } from './peers.ts';

export interface Fetcher {
  readonly name: string;
  readonly version: string;
  /** The folder of everything that a fetch leaves. */
  readonly store: string;
  /** Makes an empty store, and starts what has to run before a fetch. Not measured. */
  prepare(): Promise<void>;
  /** From the registry to ready to run. */
  fetch(reference: string): Promise<Cost>;
  /** The words before the image's name that run a container with its standard input; none where it runs nothing. */
  readonly run?: () => readonly string[];
  /** Ends what `prepare` started. The store stays until `clean`. */
  close(): Promise<void>;
}

/** Throws away a fetcher's store, and waits until the disk has heard of it. */
export function clean(fetcher: Fetcher): void {
  removeStore(fetcher.store);
  execFileSync('sync');
}

export const program = join(import.meta.dirname, '../../bin/tsdocker');
export const ownVersion = (): string => firstLine(program, '--version').replace('tsdocker version ', '');

const runFlags = ['run', '--rm', '-i', '--network', 'none'];
const nothing = async (): Promise<void> => {};

function makeTsdocker(store: string): Fetcher {
  return {
    name: 'tsdocker',
    version: ownVersion(),
    store,
    prepare: nothing,
    fetch: (reference) => cost([program, '--root', store, 'pull', '--quiet', reference]),
    run: () => [program, '--root', store, ...runFlags],
    close: nothing,
  };
}

/** Bytes that a process and its children have held at most, each counted at its own peak (proc_pid_status(5), VmHWM). */
function peakOfFamily(pid: number): number {
  const [, peak] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  const children = execFileSync('sh', ['-c', `cat /proc/${pid}/task/*/children`], { encoding: 'utf8' });
  return (
    Number(peak) * 1024 +
    children
      .split(/\s+/)
      .filter((each) => each !== '')
      .reduce((sum, child) => sum + peakOfFamily(Number(child)), 0)
  );
}

/** Its peak is what dockerd and containerd have grown by: not their own size, nor the short-lived processes that unpack. */
function makeDocker(store: string): Fetcher {
  let daemon: Awaited<ReturnType<typeof startDockerd>> | undefined;
  return {
    name: 'docker',
    version: firstLine('dockerd', '--version').replace(/^Docker version ([^,]+),.*/, '$1'),
    store,
    async prepare() {
      mkdirSync(store);
      daemon = await startDockerd(store);
    },
    async fetch(reference) {
      if (daemon === undefined) throw new Error('dockerd does not run');
      const before = peakOfFamily(daemon.pid);
      const { seconds } = await cost([...daemon.client, 'pull', '--quiet', reference]);
      return { seconds, peak: peakOfFamily(daemon.pid) - before };
    },
    run: () => [...(daemon?.client ?? []), ...runFlags],
    async close() {
      await daemon?.stop();
      daemon = undefined;
    },
  };
}

function makePodman(store: string): Fetcher {
  let state: OwnFolder | undefined;
  // Not in the store: podman refuses a runroot of more than 50 characters.
  const options = () => ['--root', store, '--runroot', state!.path, '--storage-driver=overlay'];
  return {
    name: 'podman',
    version: firstLine('podman', '--version').replace('podman version ', ''),
    store,
    async prepare() {
      state = makeOwnFolder(tmpdir(), 'benchpodman');
    },
    fetch: (reference) => cost(['podman', ...options(), 'pull', '--quiet', '--tls-verify=false', reference]),
    run: () => ['podman', ...options(), ...podmanOptions, ...runFlags, ...podmanLimits],
    async close() {
      state?.[Symbol.dispose]();
      state = undefined;
    },
  };
}

function makeSkopeoUmoci(store: string): Fetcher {
  const layout = join(store, 'layout:bench');
  return {
    name: 'skopeo+umoci',
    version: `${firstLine('skopeo', '--version').replace('skopeo version ', '')}, ${firstLine('umoci', '--version').replace('umoci version ', '')}`,
    store,
    async prepare() {
      mkdirSync(store);
    },
    async fetch(reference) {
      const copied = await cost([
        'skopeo',
        'copy',
        '--quiet',
        '--src-tls-verify=false',
        `docker://${reference}`,
        `oci:${layout}`,
      ]);
      const unpacked = await cost(['umoci', 'unpack', '--image', layout, join(store, 'bundle')]);
      return { seconds: copied.seconds + unpacked.seconds, peak: Math.max(copied.peak, unpacked.peak) };
    },
    close: nothing,
  };
}

/** tsdocker first, then the peers that are installed; their stores lie in `folder`. */
export function makeFetchers(folder: string): Fetcher[] {
  const fetchers = [makeTsdocker(join(folder, 'tsdocker'))];
  if (installed('dockerd')) fetchers.push(makeDocker(join(folder, 'docker')));
  if (installed('podman')) fetchers.push(makePodman(join(folder, 'podman')));
  if (installed('skopeo') && installed('umoci')) fetchers.push(makeSkopeoUmoci(join(folder, 'skopeo')));
  return fetchers;
}

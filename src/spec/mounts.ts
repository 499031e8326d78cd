// The mounts of a container, in the order in which they are made: the kernel's file systems, then the caller's and those
// of the engine, a folder always before what lies in it (config.md, "Mounts").
import { resolve } from 'node:path';
import type { ExecutionConfig } from '../image/config.ts';
import { defaultMounts, defaultShmSize } from './defaults.ts';
import type { RunOptions } from './run-options.ts';
import type { Mount } from './types.ts';

/** Mounts of /dev/shm and /dev/mqueue by who shares the IPC namespace. */
function ipcMounts({ ipc, shmSize = defaultShmSize }: RunOptions): Mount[] {
  const quiet = ['nosuid', 'noexec', 'nodev'];
  // A new mqueue shows the queues of the namespace it is mounted in, the host's where that is shared (mq_overview(7)).
  const queue: Mount = { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: quiet };
  if (ipc === 'none') return [queue];
  if (ipc === 'host') {
    return [
      queue,
      { destination: '/dev/shm', type: 'bind', source: '/dev/shm', options: ['rbind', 'rprivate', ...quiet] },
    ];
  }
  const shm: Mount = {
    destination: '/dev/shm',
    type: 'tmpfs',
    source: 'shm',
    options: [...quiet, 'mode=1777', `size=${shmSize}`],
  };
  return [queue, shm];
}

/** Docker's tmpfs is careful unless the caller says otherwise: what he says comes last. */
const carefulTmpfs = ['noexec', 'nosuid', 'nodev'];

function askedMounts({ mounts }: RunOptions): Mount[] {
  return mounts.map((mount): Mount => {
    if (mount.type === 'tmpfs') {
      return {
        destination: mount.target,
        type: 'tmpfs',
        source: 'tmpfs',
        options: [...carefulTmpfs, ...mount.options],
      };
    }
    const options = [
      mount.recursive ? 'rbind' : 'bind',
      mount.propagation ?? 'rprivate',
      ...(mount.readOnly ? ['ro'] : []),
    ];
    return { destination: mount.target, type: 'bind', source: mount.source, options };
  });
}

const depth = (path: string): number => path.split('/').filter((name) => name !== '').length;

const writable = (mount: Mount): Mount =>
  mount.type === 'sysfs' || mount.type === 'cgroup'
    ? { ...mount, options: (mount.options ?? []).filter((option) => option !== 'ro') }
    : mount;

const readOnly = (mount: Mount): Mount => ({ ...mount, options: [...new Set([...(mount.options ?? []), 'ro'])] });

/**
 * @param own Binds of the engine's own files: /etc/hosts and its like, which are as read-only as the root. The caller's mount
 * at the same place wins, and one of /dev stands for all that would be mounted in it.
 */
export function mountsOf(options: RunOptions, own: readonly Mount[]): Mount[] {
  const usual = [...defaultMounts, ...ipcMounts(options)].map((mount) =>
    options.privileged ? writable(mount) : mount,
  );
  const asked = askedMounts(options);
  const taken = new Set(asked.map(({ destination }) => destination));
  const isAsked = ({ destination }: Mount): boolean =>
    taken.has(destination) || (taken.has('/dev') && destination.startsWith('/dev/'));
  // Sorting is stable: of two at the same depth the one asked for first comes first.
  const engines = own.filter((mount) => !isAsked(mount)).map((mount) => (options.readOnly ? readOnly(mount) : mount));
  const placed = [...engines, ...asked].sort((a, b) => depth(a.destination) - depth(b.destination));
  return [...usual.filter((mount) => !isAsked(mount)), ...placed];
}

/** Paths that keep storage of the container's own: the image's `VOLUME`s and the caller's, where nothing else is mounted. */
export function volumesOf(options: RunOptions, image: ExecutionConfig): string[] {
  const taken = new Set(options.mounts.map(({ target }) => target));
  // An image may write `/data/`, or `/.`, which would cover the whole root.
  const wanted = [...(image.Volumes ?? []), ...options.volumes]
    .filter((path) => path.startsWith('/'))
    .map((path) => resolve(path));
  return [...new Set(wanted)].filter((path) => path !== '/' && !taken.has(path));
}

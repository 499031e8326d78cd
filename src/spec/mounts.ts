// The mounts of a container, in the order in which they are made: the kernel's file systems, then the caller's and those
// of the engine, a folder always before what lies in it (config.md, "Mounts").
import type { ExecutionConfig } from '../image/config.ts';
import { defaultMounts, defaultShmSize } from './defaults.ts';
import type { RunOptions } from './run-options.ts';
import type { Mount } from './types.ts';

/** Mounts of /dev/shm and /dev/mqueue by who shares the IPC namespace. */
function ipcMounts({ ipc, shmSize = defaultShmSize }: RunOptions): Mount[] {
  if (ipc === 'host') {
    return ['/dev/shm', '/dev/mqueue'].map((path) => ({
      destination: path,
      type: 'bind',
      source: path,
      options: ['rbind', 'nosuid', 'noexec', 'nodev'],
    }));
  }
  const quiet = ['nosuid', 'noexec', 'nodev'];
  const queue: Mount = { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: quiet };
  if (ipc === 'none') return [queue];
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

/** @param own Binds of the engine's own files: /etc/hosts and its like. The caller's mount at the same place wins. */
export function mountsOf(options: RunOptions, own: readonly Mount[]): Mount[] {
  const usual = [...defaultMounts, ...ipcMounts(options)].map((mount) =>
    options.privileged ? writable(mount) : mount,
  );
  const asked = askedMounts(options);
  const isAsked = ({ destination }: Mount): boolean => asked.some((mount) => mount.destination === destination);
  // Sorting is stable: of two at the same depth the one asked for first comes first.
  const placed = [...own.filter((mount) => !isAsked(mount)), ...asked].sort(
    (a, b) => depth(a.destination) - depth(b.destination),
  );
  return [...usual.filter((mount) => !isAsked(mount)), ...placed];
}

/** Paths that keep storage of the container's own: the image's `VOLUME`s and the caller's, where nothing else is mounted. */
export function volumesOf(options: RunOptions, image: ExecutionConfig): string[] {
  const taken = new Set(options.mounts.map(({ target }) => target));
  return [...new Set([...(image.Volumes ?? []), ...options.volumes])].filter(
    (path) => path.startsWith('/') && path !== '/' && !taken.has(path),
  );
}

// What is mounted in a container beside its root, as Docker's API tells it ("MountPoint"): binds, volumes, and no tmpfs, as there.
import { join } from 'node:path';
import type { BindMount, RunOptions } from '../../spec/run-options.ts';

export interface MountPoint {
  readonly Type: 'bind' | 'volume';
  /** Empty until volumes have names. */
  readonly Name?: string;
  readonly Source: string;
  readonly Destination: string;
  readonly Driver?: string;
  readonly Mode: string;
  readonly RW: boolean;
  readonly Propagation: string;
}

/** What the settings of a container say of mounts. */
export interface Mounted {
  readonly options: Pick<RunOptions, 'mounts'>;
  /** Paths that keep storage of the container's own. */
  readonly volumes: readonly string[];
}

/** By their places in the container. @param bundle The container's folder, where its volumes are kept. */
export function mountPoints({ options, volumes }: Mounted, bundle: string): MountPoint[] {
  const binds = options.mounts.flatMap((mount) => (mount.type === 'bind' ? [bindPoint(mount)] : []));
  const own = volumes.map(
    (path): MountPoint => ({
      Type: 'volume',
      Name: '',
      Source: join(bundle, 'upper', path),
      Destination: path,
      Driver: 'local',
      Mode: '',
      RW: true,
      Propagation: '',
    }),
  );
  return [...binds, ...own].sort((a, b) => (a.Destination < b.Destination ? -1 : 1));
}

const bindPoint = (mount: BindMount): MountPoint => ({
  Type: 'bind',
  Source: mount.source,
  Destination: mount.target,
  Mode: bindMode(mount),
  RW: !mount.readOnly,
  Propagation: mount.propagation ?? 'rprivate',
});

/** What stood behind the second colon of -v; --mount has no such place. */
export const bindMode = ({ readOnly, propagation, mustExist }: BindMount): string =>
  mustExist ? '' : [...(readOnly ? ['ro'] : []), ...(propagation === undefined ? [] : [propagation])].join(',');

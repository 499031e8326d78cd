// The root of a container to read or to write in, whatever state it is in (design, 2.4). One that runs has its overlay, and a
// second one over the same upper directory would be undefined: its own is taken. Of one that does not, an overlay is mounted.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import { failedWith, kernel } from '../kernel/index.ts';
import { compileTakenTree, takenTree } from '../launch/container-tree.ts';
import { startHelper } from '../launch/helper.ts';
import { mountsOf } from '../spec/mounts.ts';
import type { IdMapping, Mount } from '../spec/types.ts';
import { bundlePath, hasProcesses, lockBundle, readBundleState } from '../store/bundles.ts';
import type { ContainerRecord, ListedContainer } from '../store/containers.ts';
import type { Store } from '../store/store.ts';
import { layersOf } from './container-layers.ts';
import { type ContainerRoot, openRunningRoot } from './look-up.ts';
import { openView, openWritableView } from './view.ts';

/** A root whose files are owned, to whoever looks from here, by ids that may not be the container's. */
export interface OpenedRoot extends ContainerRoot {
  /** The container's own ids of what is owned by these here, and the other way round. */
  readonly owners: Owners;
  /** Does what makes files there, at once: in a user namespace, root of the host is nobody and can make none. */
  write<T>(action: () => T): T;
}

export interface Owners {
  inside(owner: Owner): Owner;
  outside(owner: Owner): Owner;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface RootOptions {
  /** With what is mounted in it; without, what lies beneath is seen. Of one that does not run: with what it has of the host. */
  readonly mounts: boolean;
  /** It is written to. One that does not run is held, and cannot be started meanwhile. */
  readonly writable?: boolean;
}

/** Throws `conflict` where the container is just ending or starting, and `corrupt` where a layer is missing. */
export function openContainerRoot(
  store: Store,
  { record, state: known }: ListedContainer,
  { mounts, writable = false }: RootOptions,
): OpenedRoot {
  const state = readBundleState(store, record.id) ?? known;
  if (hasProcesses(state)) {
    const owners = mappedOwners(record.settings.options.uidMap, record.settings.options.gidMap);
    using root = openRunningRoot(record, state.pid);
    const { descriptor } = mounts ? kept(root) : takeTree(record, state.pid);
    const { uid, gid } = owners.outside({ uid: 0, gid: 0 });
    return {
      descriptor,
      owners,
      write: (action) => (uid === 0 ? action() : asOwner(uid, gid, action)),
      [Symbol.dispose]: () => kernel.close(descriptor),
    };
  }
  if (!writable) {
    const upper = join(bundlePath(store, record.id), 'upper');
    return withOwners(openView(store, layersOf(store, record), upper, mounts ? bindsOf(record) : []));
  }
  return withOwners(openHeld(store, record));
}

/** Files and folders of the host that are mounted in a container when it runs, and are there. */
const bindsOf = ({ settings: { options } }: ContainerRecord): Mount[] => {
  const targets = new Set(options.mounts.map(({ target }) => target));
  return mountsOf(options, []).filter(
    ({ type, source = '', destination }) => type === 'bind' && targets.has(destination) && existsSync(source),
  );
};

/** An overlay of what lies on the disk shows the ids that lie there: the container's own. */
const withOwners = (root: ContainerRoot): OpenedRoot => ({
  ...root,
  owners: { inside: (owner) => owner, outside: (owner) => owner },
  write: (action) => action(),
});

function asOwner<T>(uid: number, gid: number, action: () => T): T {
  kernel.setFileOwner(uid, gid);
  try {
    return action();
  } finally {
    kernel.setFileOwner(0, 0);
  }
}

const kept = ({ descriptor }: ContainerRoot) => ({ descriptor: kernel.fcntl(descriptor, k.F_DUPFD_CLOEXEC, 3) });

/** The root of a container that runs, without its mounts. */
function takeTree(record: ContainerRecord, pid: number): { readonly descriptor: number } {
  let namespace: number;
  try {
    namespace = kernel.openat(k.AT_FDCWD, `/proc/${pid}/ns/mnt`, k.O_RDONLY);
  } catch (error) {
    throw failedWith(error, 'ENOENT', 'ESRCH') ? ended(record) : error;
  }
  try {
    openRunningRoot(record, pid)[Symbol.dispose](); // after the namespace: it is the container's own
    using helper = startHelper(compileTakenTree(), { descriptors: [namespace] });
    const path = `/proc/${helper.pid}/fd/${takenTree}`;
    return { descriptor: kernel.openat(k.AT_FDCWD, path, k.O_PATH | k.O_DIRECTORY) };
  } finally {
    kernel.close(namespace);
  }
}

const ended = ({ name }: ContainerRecord): TsdockerError =>
  new TsdockerError('conflict', `the container ${name} has just ended`, { hint: 'try again' });

/** A root that is written to while its bundle is locked, as if it had a shim. */
function openHeld(store: Store, record: ContainerRecord): ContainerRoot {
  const bundle = lockBundle(store, record.id);
  if (bundle === undefined) {
    throw new TsdockerError('conflict', `the container ${record.name} is just being started, changed or removed`, {
      hint: 'try again',
    });
  }
  try {
    const root = openWritableView(store, layersOf(store, record), bundle.path, bindsOf(record));
    return {
      descriptor: root.descriptor,
      [Symbol.dispose]() {
        root[Symbol.dispose]();
        kernel.close(bundle.descriptor);
      },
    };
  } catch (error) {
    kernel.close(bundle.descriptor);
    throw error;
  }
}

/** In a user namespace (user_namespaces(7)); an id that it has not is the one that nobody has. */
function mappedOwners(uids: readonly IdMapping[], gids: readonly IdMapping[]): Owners {
  return {
    inside: ({ uid, gid }) => ({
      uid: mapped(uids, uid, 'hostID', 'containerID'),
      gid: mapped(gids, gid, 'hostID', 'containerID'),
    }),
    outside: ({ uid, gid }) => ({
      uid: mapped(uids, uid, 'containerID', 'hostID'),
      gid: mapped(gids, gid, 'containerID', 'hostID'),
    }),
  };
}

type Side = 'containerID' | 'hostID';
const nobody = 65_534;

function mapped(mappings: readonly IdMapping[], id: number, from: Side, to: Side): number {
  if (mappings.length === 0) return id;
  const mapping = mappings.find((each) => id >= each[from] && id < each[from] + each.size);
  return mapping === undefined ? nobody : mapping[to] + id - mapping[from];
}

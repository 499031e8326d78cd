// The container's root file system: an overlay of the image's layers and a writable upper directory, built by the host
// program as a detached mount, attached by the container program and made `/` by pivot_root(2). No mount of it is ever
// in the host's mount namespace, so there is nothing to clean up after a crash (design, section 1).
import { join } from 'node:path';
import { TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import { capabilityMemory } from './capability-memory.ts';
import { attachAt, here } from './paths.ts';
import { flags, type Memory, memory, named, type ProgramBuilder, type Result } from './program.ts';

export interface OverlayRoot {
  /** The layers' directories, the topmost first. */
  readonly layers: readonly string[];
  readonly upper: string;
  readonly work: string;
  /** The folder that holds upper and work. */
  readonly bundle: string;
  /** Whether all these paths mean something in the layer namespace only, and not on the host. */
  readonly inLayerNamespace: boolean;
  /** An empty directory on the host on which the container, in its own mount namespace, attaches the root. */
  readonly target: string;
  /** The upper directory does not outlive the container: skip the syncing of it at the end (`volatile`, Linux 5.10). */
  readonly discard: boolean;
}

export interface KernelFeatures {
  /** `lowerdir+`: one fsconfig(2) call a layer, with no limit but the number of layers (Linux 6.8). */
  readonly overlayLowerdirPlus: boolean;
}

/** Which calls a kernel offers, by its release (`6.12.3-amd64`). Throws `unsupported` below what every container needs. */
export function featuresOf(release: string): KernelFeatures {
  const [major = 0, minor = 0] = release.split('.').map((part) => Number.parseInt(part, 10));
  const atLeast = (wantedMajor: number, wantedMinor: number): boolean =>
    major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  if (!atLeast(5, 14)) {
    throw new TsdockerError(
      'unsupported',
      `the kernel ${release} is too old: mount_setattr and cgroup.kill are missing`,
      {
        hint: 'tsdocker needs Linux 5.14 or newer',
      },
    );
  }
  return { overlayLowerdirPlus: atLeast(6, 8) };
}

/** What fsconfig(2) takes as the value of a string parameter, its NUL included (fs/fsopen.c). */
const longestValue = 255;
/** What mount(2) takes as options: a page, its NUL included. */
const longestOptions = 4095;

/** An overlay wants a layer, and an image may have none: the folder that the root is attached on is empty, and stays so. */
const lowerDirectories = ({ layers, bundle }: OverlayRoot): readonly string[] =>
  layers.length > 0 ? layers : [join(bundle, 'rootfs')];

const overlayOptions = (root: OverlayRoot): [string, string][] => [
  ['upperdir', root.upper],
  ['workdir', root.work],
];

/** Host program: opens the user namespace by its path on the host; what mapOwners takes. */
export function openUserNamespace(program: ProgramBuilder, path: string): Memory {
  program.group('user namespace');
  const attributes = memory(
    '{attr_set=MOUNT_ATTR_IDMAP, userns_fd=<user>}',
    [8, k.MOUNT_ATTR_IDMAP],
    [8, 0],
    [8, 0],
    [8, 0],
  );
  const open = flags(['O_RDONLY', k.O_RDONLY], ['O_CLOEXEC', k.O_CLOEXEC]);
  program.call('opening the user namespace', 'openat', [here, path, open, 0], {
    as: 'user',
    store: { memory: attributes, at: 24 },
  });
  return attributes;
}

/**
 * Host program: shows the layers and the bundle, `paths`, with the owners that a user namespace maps them to, in a mount namespace of
 * the helper's own (mount_setattr(2), MOUNT_ATTR_IDMAP; overlay takes such layers since Linux 5.19).
 */
export function mapOwners(program: ProgramBuilder, paths: readonly string[], attributes: Memory): void {
  program.group('user namespace');
  program.call('leaving the host’s mount namespace', 'unshare', [flags(['CLONE_NEWNS', k.CLONE_NEWNS])]);
  keepPrivate(program);
  for (const path of paths) {
    const tree = program.call(
      `taking ${path}`,
      'open_tree',
      [here, path, flags(['OPEN_TREE_CLONE', k.OPEN_TREE_CLONE], ['OPEN_TREE_CLOEXEC', k.OPEN_TREE_CLOEXEC])],
      { as: path },
    );
    program.call(`mapping the owners of ${path}`, 'mount_setattr', [
      tree,
      '',
      named('AT_EMPTY_PATH', k.AT_EMPTY_PATH),
      attributes,
      32,
    ]);
    attachAt(program, `mounting ${path} over itself`, tree, path);
  }
}

/** Mounts of the namespace that the process is in no longer appear in another one, nor the other way round. */
export function keepPrivate(program: ProgramBuilder): void {
  const makePrivate = memory('{propagation=MS_PRIVATE}', [8, 0], [8, 0], [8, k.MS_PRIVATE], [8, 0]);
  program.call('keeping mounts from spreading to the host', 'mount_setattr', [
    here,
    '/',
    named('AT_RECURSIVE', k.AT_RECURSIVE),
    makePrivate,
    32,
  ]);
}

/** As whom an overlay writes to an upper directory whose owners are mapped: ids of the host. */
export interface Writer {
  readonly uid: number;
  readonly gid: number;
  /** Every capability that the host's root has, as bits. */
  readonly capabilities: bigint;
}

/**
 * Host program: until leaveWriter, files are made as the user namespace's root. An overlay keeps the credentials that
 * created it, and the host's root has no id in the mapped upper directory. Changing the fsuid takes file capabilities out of
 * the effective set (capabilities(7)); capset puts them back.
 */
function becomeWriter(program: ProgramBuilder, writer: Writer): void {
  program.call('making files as the namespace’s group', 'setfsgid', [writer.gid]);
  program.call('making files as the namespace’s root', 'setfsuid', [writer.uid]);
  const { header, sets } = capabilityMemory({
    effective: writer.capabilities,
    permitted: writer.capabilities,
    inheritable: 0n,
  });
  program.call('keeping the capabilities for files', 'capset', [header, sets]);
}

function leaveWriter(program: ProgramBuilder): void {
  program.call('making files as the host’s root again', 'setfsuid', [0]);
  program.call('making files as the host’s group again', 'setfsgid', [0]);
}

/** Host program: the overlay as a detached mount. Undefined where the kernel cannot, and attachRoot mounts it the old way. */
export function buildRoot(
  program: ProgramBuilder,
  root: OverlayRoot,
  features: KernelFeatures,
  writer: Writer | undefined,
): Result | undefined {
  if (!features.overlayLowerdirPlus) return undefined;
  program.group('root file system');
  const context = program.call('opening an overlay', 'fsopen', ['overlay', named('FSOPEN_CLOEXEC', k.FSOPEN_CLOEXEC)], {
    as: 'overlay',
  });
  program.call('naming the overlay', 'fsconfig', [
    context,
    named('FSCONFIG_SET_STRING', k.FSCONFIG_SET_STRING),
    'source',
    'overlay',
    0,
  ]);
  const set = (why: string, key: string, value: string): void => {
    if (Buffer.byteLength(value) > longestValue) {
      throw new TsdockerError('unsupported', `the path ${value} is too long for the kernel's mount interface`, {
        hint: 'put the store in a folder with a shorter path (--root)',
      });
    }
    program.call(why, 'fsconfig', [context, named('FSCONFIG_SET_STRING', k.FSCONFIG_SET_STRING), key, value, 0]);
  };
  for (const layer of lowerDirectories(root)) set('adding a layer of the image', 'lowerdir+', layer);
  for (const [key, value] of overlayOptions(root)) set(`setting the overlay's ${key}`, key, value);
  if (root.discard) {
    program.call('leaving the upper directory unsynced, it is discarded', 'fsconfig', [
      context,
      named('FSCONFIG_SET_FLAG', k.FSCONFIG_SET_FLAG),
      'volatile',
      0,
      0,
    ]);
  }
  if (writer !== undefined) becomeWriter(program, writer);
  program.call('creating the overlay', 'fsconfig', [
    context,
    named('FSCONFIG_CMD_CREATE', k.FSCONFIG_CMD_CREATE),
    0,
    0,
    0,
  ]);
  if (writer !== undefined) leaveWriter(program);
  return program.call(
    'mounting the overlay, detached',
    'fsmount',
    [context, named('FSMOUNT_CLOEXEC', k.FSMOUNT_CLOEXEC), 0],
    {
      as: 'root',
    },
  );
}

function mountOldOverlay(program: ProgramBuilder, root: OverlayRoot): void {
  // The kernel would take one path for two, or for another option.
  const unclear = [...lowerDirectories(root), root.upper, root.work].find((path) => /[:,\\]/.test(path));
  if (unclear !== undefined) {
    throw new TsdockerError('unsupported', `this kernel cannot mount ${unclear}: it has a colon, comma or backslash`, {
      hint: 'put the store in a folder with a plainer name (--root)',
    });
  }
  const options = [['lowerdir', lowerDirectories(root).join(':')], ...overlayOptions(root)].map(
    ([key, value]) => `${key}=${value}`,
  );
  const text = [...options, ...(root.discard ? ['volatile'] : [])].join(',');
  if (Buffer.byteLength(text) > longestOptions) {
    throw new TsdockerError('unsupported', `this kernel cannot mount an image of ${root.layers.length} layers`, {
      hint: 'Linux 6.8 and newer take any number of layers',
    });
  }
  program.call('mounting the overlay', 'mount', ['overlay', root.target, 'overlay', 0, text]);
}

/** Container program: own the mount namespace, and make the root `/`. */
export function enterRoot(program: ProgramBuilder, root: OverlayRoot, overlay: Result | undefined): void {
  program.group('mount namespace and root');
  keepPrivate(program);
  if (overlay === undefined) mountOldOverlay(program, root);
  else attachAt(program, 'attaching the root', overlay, root.target);
  program.call('entering the root', 'chdir', [root.target]);
  program.call('making it / of this mount namespace', 'pivot_root', ['.', '.']);
  program.call('letting go of the host’s tree', 'umount2', ['.', named('MNT_DETACH', k.MNT_DETACH)]);
  program.call('standing in the new root', 'chdir', ['/']);
}

/** Container program, after all mounts: the root itself becomes read-only, what is mounted in it stays as it is. */
export function freezeRoot(program: ProgramBuilder): void {
  program.group('read-only root');
  const readOnly = memory('{attr_set=MOUNT_ATTR_RDONLY}', [8, k.MOUNT_ATTR_RDONLY], [8, 0], [8, 0], [8, 0]);
  program.call('making the root read-only', 'mount_setattr', [here, '/', flags(), readOnly, 32]);
}

// The mounts of a container (config.md, "Mounts"). Sources on the host are taken by the host program with open_tree(2), as
// they propagate; everything is attached by the container program after pivot_root, in the specification's order.
import { TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import type { Mount } from '../spec/types.ts';
import { type MountOptions, parseMountOptions } from './mount-options.ts';
import { attach, attachAt, here, makeFile, makeFolder, takePlace } from './paths.ts';
import { flags, type Memory, memory, named, type ProgramBuilder, type Result } from './program.ts';

/** What stands at the source of a bind: decides whether its target is made as a folder or as a file. */
export type SourceKind = 'directory' | 'file';

/** Mounts of the kernel's own file systems: their places must not be links (CVE-2019-19921). */
const kernelFileSystems = new Set(['proc', 'sysfs', 'cgroup', 'cgroup2', 'devpts', 'mqueue']);

export const isBind = (mount: Mount): boolean =>
  mount.type === 'bind' || (mount.options ?? []).some((option) => option === 'bind' || option === 'rbind');

const fileSystemOf = (mount: Mount): string => (mount.type === 'cgroup' ? 'cgroup2' : (mount.type ?? ''));

function attributesMemory(options: MountOptions): Memory | undefined {
  const { attributes, cleared, propagation } = options;
  if (attributes.length === 0 && cleared.length === 0 && propagation === undefined) return undefined;
  const text = [
    attributes.length > 0 ? `attr_set=${flags(...attributes).text}` : '',
    cleared.length > 0 ? `attr_clr=${flags(...cleared).text}` : '',
    propagation === undefined ? '' : `propagation=${propagation[0]}`,
  ].filter((part) => part !== '');
  // An atime attribute is set by clearing the whole atime field with it (mount_setattr(2)).
  const atime = attributes.some(([, bit]) => (bit & k.MOUNT_ATTR__ATIME) !== 0) ? k.MOUNT_ATTR__ATIME : 0;
  return memory(
    `{${text.join(', ')}}`,
    [8, flags(...attributes).value],
    [8, BigInt(flags(...cleared).value) | BigInt(atime)],
    [8, propagation?.[1] ?? 0],
    [8, 0],
  );
}

const atEmpty = (recursive: boolean) =>
  recursive
    ? flags(['AT_EMPTY_PATH', k.AT_EMPTY_PATH], ['AT_RECURSIVE', k.AT_RECURSIVE])
    : flags(['AT_EMPTY_PATH', k.AT_EMPTY_PATH]);

/** Host program: takes the source of a bind as a detached mount with its attributes. */
export function takeBindSource(program: ProgramBuilder, mount: Mount): Result {
  const options = parseMountOptions(mount.options ?? []);
  const [source, destination] = [mount.source ?? '', mount.destination];
  const how = flags(
    ['OPEN_TREE_CLONE', k.OPEN_TREE_CLONE],
    ['OPEN_TREE_CLOEXEC', k.OPEN_TREE_CLOEXEC],
    ...(options.recursive ? [['AT_RECURSIVE', k.AT_RECURSIVE] as const] : []),
  );
  const tree = program.call(`taking ${source} for ${destination}`, 'open_tree', [here, source, how], {
    as: `bind ${destination}`,
  });
  const attributes = attributesMemory(options);
  if (attributes !== undefined) {
    program.call(`setting the options of ${destination}`, 'mount_setattr', [
      tree,
      '',
      atEmpty(options.recursive),
      attributes,
      32,
    ]);
  }
  return tree;
}

/**
 * Container program, while the host's tree is still in sight (in a user namespace the kernel lets proc and sysfs be mounted
 * only beside ones that can be seen): a new file system of the kernel, as a detached mount.
 */
export function makeFileSystem(program: ProgramBuilder, mount: Mount): Result {
  const type = fileSystemOf(mount);
  const { destination } = mount;
  if (type === '') throw new TsdockerError('usage', `the mount ${destination} has no type`);
  const options = parseMountOptions(mount.options ?? []);
  const context = program.call(`opening a ${type} for ${destination}`, 'fsopen', [
    type,
    named('FSOPEN_CLOEXEC', k.FSOPEN_CLOEXEC),
  ]);
  for (const option of [`source=${mount.source ?? type}`, ...options.data]) {
    const [key, value] = splitOption(option);
    const why = `setting ${option} of the ${type} for ${destination}`;
    if (value === undefined) {
      program.call(why, 'fsconfig', [context, named('FSCONFIG_SET_FLAG', k.FSCONFIG_SET_FLAG), key, 0, 0]);
    } else {
      program.call(why, 'fsconfig', [context, named('FSCONFIG_SET_STRING', k.FSCONFIG_SET_STRING), key, value, 0]);
    }
  }
  program.call(`creating the ${type} for ${destination}`, 'fsconfig', [
    context,
    named('FSCONFIG_CMD_CREATE', k.FSCONFIG_CMD_CREATE),
    0,
    0,
    0,
  ]);
  return program.call(
    `mounting a ${type} for ${destination}`,
    'fsmount',
    [context, named('FSMOUNT_CLOEXEC', k.FSMOUNT_CLOEXEC), flags(...options.attributes)],
    { as: `${type} ${destination}` },
  );
}

/** Container program: attaches what makeFileSystem made. */
export function mountFileSystem(program: ProgramBuilder, mount: Mount, made: Result): void {
  const { destination } = mount;
  const type = fileSystemOf(mount);
  makeFolder(program, destination);
  const why = `mounting ${type} on ${destination}`;
  if (kernelFileSystems.has(type)) attach(program, why, made, takePlace(program, destination));
  else attachAt(program, why, made, destination);
}

function splitOption(option: string): [string, string | undefined] {
  const equals = option.indexOf('=');
  return equals < 0 ? [option, undefined] : [option.slice(0, equals), option.slice(equals + 1)];
}

/** Container program: attaches what takeBindSource took. */
export function mountBind(program: ProgramBuilder, mount: Mount, source: Result, kind: SourceKind): void {
  const { destination } = mount;
  if (kind === 'directory') makeFolder(program, destination);
  else makeFile(program, destination);
  attachAt(program, `mounting ${mount.source ?? ''} on ${destination}`, source, destination);
}

/**
 * Container program: a path of the image that keeps storage of its own (the image's `VOLUME`): the root's folder bound
 * on itself, so that it is a mount, holds what the image put there, and stays writable under a read-only root.
 */
export function mountVolume(program: ProgramBuilder, path: string): void {
  makeFolder(program, path);
  const tree = program.call(
    `taking the volume ${path}`,
    'open_tree',
    [here, path, flags(['OPEN_TREE_CLONE', k.OPEN_TREE_CLONE], ['OPEN_TREE_CLOEXEC', k.OPEN_TREE_CLOEXEC])],
    { as: `volume ${path}` },
  );
  attachAt(program, `mounting the volume ${path}`, tree, path);
}

/** A detached copy of a mount that is a read-only view of `path`, put over it; nothing where there is no such path. */
export function mountReadOnly(program: ProgramBuilder, path: string): void {
  const tree = program.call(
    `taking ${path}`,
    'open_tree',
    [
      here,
      path,
      flags(
        ['OPEN_TREE_CLONE', k.OPEN_TREE_CLONE],
        ['OPEN_TREE_CLOEXEC', k.OPEN_TREE_CLOEXEC],
        ['AT_RECURSIVE', k.AT_RECURSIVE],
        ['AT_SYMLINK_NOFOLLOW', k.AT_SYMLINK_NOFOLLOW],
      ),
    ],
    { as: path, accepted: ['ENOENT'] },
  );
  const readOnly = memory('{attr_set=MOUNT_ATTR_RDONLY}', [8, k.MOUNT_ATTR_RDONLY], [8, 0], [8, 0], [8, 0]);
  program.call(`making ${path} read-only`, 'mount_setattr', [tree, '', atEmpty(true), readOnly, 32]);
  attachAt(program, `mounting ${path} read-only`, tree, path);
}

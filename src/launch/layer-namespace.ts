// The layer namespace: a mount namespace of ours in which each layer that is a file system image is mounted once, for all
// containers (design, 2.4). It holds nothing of the host but the store, so it keeps nothing else of it busy:
//
//   /store          the store, as the host has it
//   /layer/<name>   a mounted layer each
//   /view           a root to look into
//   /empty          nothing
import * as k from '../kernel/constants.ts';
import type { Mount } from '../spec/types.ts';
import { takeBindSource } from './mounts.ts';
import { attach, attachAt, here } from './paths.ts';
import { flags, memory, named, type Phase, ProgramBuilder, type Result } from './program.ts';
import { keepPrivate } from './root.ts';

/** A layer to be mounted. */
export interface LayerMount {
  /** One component, under which it is found in /layer. */
  readonly name: string;
  /** The image, as the namespace shows it. */
  readonly image: string;
  /** Its file can be read past the page cache, which then keeps each page once and not twice. */
  readonly isDirect: boolean;
}

/** An empty folder, for who has no layer. */
export const emptyPath = '/empty';
/** Where the namespace shows the layers. */
export const layersPath = '/layer';
export const layerPath = (name: string): string => `${layersPath}/${name}`;
export const viewPath = '/view';
const storePath = '/store';

/** A path of the store as the namespace shows it. @param path Absolute, in `store`. */
export const inNamespace = (store: string, path: string): string => storePath + path.slice(store.length);

/** The root of an image or a container to look into: layers as an overlay. */
export interface View {
  /** As the namespace shows them, the topmost first. */
  readonly layers: readonly string[];
  /** Where changes go to; without it, all of it is read-only. */
  readonly changes?: { readonly upper: string; readonly work: string };
  /** What is mounted in it, where there is a place for it: files and folders of the host. */
  readonly binds?: readonly Mount[];
}

/**
 * For a process that was started in a mount namespace of its own: makes it a layer namespace, and waits.
 * @param store The store's folder.
 */
export function compileLayerNamespace(store: string, layers: readonly LayerMount[], view?: View): Phase {
  const program = new ProgramBuilder();
  program.group('layer namespace');
  keepPrivate(program);
  const tree = program.call(
    'taking the store',
    'open_tree',
    [
      here,
      store,
      flags(
        ['OPEN_TREE_CLONE', k.OPEN_TREE_CLONE],
        ['AT_RECURSIVE', k.AT_RECURSIVE],
        ['OPEN_TREE_CLOEXEC', k.OPEN_TREE_CLOEXEC],
      ),
    ],
    { as: 'store' },
  );
  const root = makeFileSystem(program, 'tmpfs', 'a root', [], 0);
  attachAt(program, 'attaching the root', root, store);
  program.call('entering the root', 'chdir', [store]);
  for (const name of [storePath, layersPath, viewPath, emptyPath]) makeFolder(program, name.slice(1));
  attachAt(program, 'attaching the store', tree, storePath.slice(1));
  const binds = (view?.binds ?? []).map((mount) => ({ mount, tree: takeBindSource(program, mount) }));
  program.call('making it / of this mount namespace', 'pivot_root', ['.', '.']);
  program.call('letting go of the host’s tree', 'umount2', ['.', named('MNT_DETACH', k.MNT_DETACH)]);
  program.call('standing in the new root', 'chdir', ['/']);
  mountLayers(program, layers);
  if (view !== undefined) mountView(program, view);
  for (const { mount, tree } of binds) bindInView(program, mount, tree);
  return program.wait('for the namespace to be taken');
}

/** For a process that has the layer namespace as a descriptor: mounts layers there, and waits. */
export function compileLayerMounts(namespace: number, layers: readonly LayerMount[]): Phase {
  const program = new ProgramBuilder();
  enter(program, namespace);
  mountLayers(program, layers);
  return program.wait('for the layers to be used');
}

/** The same, to take layers away that are used by nobody or still by some: those keep them. */
export function compileLayerUnmounts(namespace: number, names: readonly string[]): Phase {
  const program = new ProgramBuilder();
  enter(program, namespace);
  for (const name of names) {
    program.call(`unmounting the layer ${name}`, 'umount2', [layerPath(name), named('MNT_DETACH', k.MNT_DETACH)], {
      accepted: ['ENOENT', 'EINVAL'],
    });
    program.call('removing its folder', 'unlinkat', [here, layerPath(name), named('AT_REMOVEDIR', k.AT_REMOVEDIR)], {
      accepted: ['ENOENT'],
    });
  }
  return program.wait('to be ended');
}

function enter(program: ProgramBuilder, namespace: number): void {
  program.group('layer namespace');
  program.call('entering the layer namespace', 'setns', [namespace, named('CLONE_NEWNS', k.CLONE_NEWNS)]);
}

/**
 * Host program: enters the layer namespace; what is returned goes back, to where the process stood.
 * @param namespace A descriptor that the process was born with.
 */
export function enterLayerNamespace(program: ProgramBuilder, namespace: number): () => void {
  program.group('layer namespace');
  const open = flags(['O_RDONLY', k.O_RDONLY], ['O_CLOEXEC', k.O_CLOEXEC]);
  const host = program.call('keeping the way back', 'openat', [here, '/proc/self/ns/mnt', open, 0], { as: 'host' });
  const place = flags(['O_PATH', k.O_PATH], ['O_CLOEXEC', k.O_CLOEXEC]);
  const root = program.call('keeping the root', 'openat', [here, '/', place, 0], { as: 'host root' });
  enter(program, namespace);
  return () => {
    program.group('layer namespace');
    program.call('going back to the host’s mount namespace', 'setns', [host, named('CLONE_NEWNS', k.CLONE_NEWNS)]);
    // setns has put us into the namespace's own root, which a caller in a chroot does not know
    program.call('standing in the host’s root', 'fchdir', [root]);
    program.call('making it / again', 'chroot', ['.']);
  };
}

function mountLayers(program: ProgramBuilder, layers: readonly LayerMount[]): void {
  for (const { name, image, isDirect } of layers) {
    const path = layerPath(name);
    makeFolder(program, path);
    const options = isDirect ? ['directio'] : [];
    const mount = makeFileSystem(program, 'erofs', `the layer ${name}`, options, k.MOUNT_ATTR_RDONLY, image);
    attachAt(program, `mounting the layer ${name}`, mount, path);
  }
}

function mountView(program: ProgramBuilder, { layers, changes }: View): void {
  const context = openFileSystem(program, 'overlay', 'a view');
  for (const layer of layers) configure(program, 'adding a layer', context, 'lowerdir+', layer);
  if (changes !== undefined) {
    configure(program, "setting the view's upperdir", context, 'upperdir', changes.upper);
    configure(program, "setting the view's workdir", context, 'workdir', changes.work);
  }
  const view = createFileSystem(program, context, 'a view', changes === undefined ? k.MOUNT_ATTR_RDONLY : 0);
  attachAt(program, 'attaching the view', view, viewPath);
}

/** ATTACK: the way there may lead through links of the container. */
function bindInView(program: ProgramBuilder, { destination }: Mount, tree: Result): void {
  const place = flags(['O_PATH', k.O_PATH], ['O_CLOEXEC', k.O_CLOEXEC]);
  const view = program.call('taking hold of the view', 'openat', [here, viewPath, place, 0], { as: 'view' });
  const how = memory(
    '{flags=O_PATH|O_CLOEXEC, resolve=RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS}',
    [8, k.O_PATH | k.O_CLOEXEC],
    [8, 0],
    [8, k.RESOLVE_IN_ROOT | k.RESOLVE_NO_MAGICLINKS],
  );
  const target = program.call(`taking hold of ${destination}`, 'openat2', [view, destination, how, 24], {
    as: destination,
    retry: true,
    accepted: ['ENOENT', 'ENOTDIR', 'ELOOP'],
  });
  attach(program, `mounting on ${destination}`, tree, target, ['ENOTDIR', 'EINVAL']);
}

function makeFolder(program: ProgramBuilder, path: string): void {
  program.call(`making the folder ${path}`, 'mkdirat', [here, path, named('0755', 0o755)], { accepted: ['EEXIST'] });
}

function makeFileSystem(
  program: ProgramBuilder,
  type: string,
  what: string,
  switches: readonly string[],
  attributes: number,
  source?: string,
): Result {
  const context = openFileSystem(program, type, what);
  if (source !== undefined) configure(program, `naming the file of ${what}`, context, 'source', source);
  for (const name of switches) {
    program.call(
      `setting ${name}`,
      'fsconfig',
      [context, named('FSCONFIG_SET_FLAG', k.FSCONFIG_SET_FLAG), name, 0, 0],
      { accepted: ['EINVAL'] }, // kernels that do not know it do without
    );
  }
  return createFileSystem(program, context, what, attributes);
}

const openFileSystem = (program: ProgramBuilder, type: string, what: string): Result =>
  program.call(`opening ${type} for ${what}`, 'fsopen', [type, named('FSOPEN_CLOEXEC', k.FSOPEN_CLOEXEC)], {
    as: what,
  });

function configure(program: ProgramBuilder, why: string, context: Result, key: string, value: string): void {
  program.call(why, 'fsconfig', [context, named('FSCONFIG_SET_STRING', k.FSCONFIG_SET_STRING), key, value, 0]);
}

function createFileSystem(program: ProgramBuilder, context: Result, what: string, attributes: number): Result {
  const create = named('FSCONFIG_CMD_CREATE', k.FSCONFIG_CMD_CREATE);
  program.call(`creating ${what}`, 'fsconfig', [context, create, 0, 0, 0]);
  const readOnly = attributes === 0 ? 0 : named('MOUNT_ATTR_RDONLY', attributes);
  return program.call(`making a mount of ${what}`, 'fsmount', [
    context,
    named('FSMOUNT_CLOEXEC', k.FSMOUNT_CLOEXEC),
    readOnly,
  ]);
}

// Writes the entries of a layer's tar as a directory tree for overlayfs (image-spec layer.md, "Applying Changesets"; kernel
// Documentation/filesystems/overlayfs.rst). Every step works in a directory that is held open, and follows no link there.
import { ftruncateSync, readlinkSync } from 'node:fs';
import { TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import { failedWith, KernelError, kernel } from '../kernel/index.ts';
import { byteKernel, shown } from './byte-names.ts';
import type { Entry, Metadata } from './entry.ts';
import type { LowerLayers } from './lower-layers.ts';
import { applyMetadata, applyTimes, applyToDirectory, impliedDirectory, makeOpaque } from './metadata.ts';
import { openParents } from './parents.ts';
import { isWhiteout, look, openDirectory, removeTree } from './places.ts';
import type { EntrySink } from './tar/reader.ts';
import { whiteoutOf } from './whiteout.ts';

export interface LayerTree extends EntrySink, Disposable {
  /** Call it after the last entry: sets the times of directories, and waits until everything is on the disk. */
  finish(): void;
}

const rootDirectory = 'fs';
const trashDirectory = 'trash';

/**
 * Makes `fs` in `folder`, which is empty, and writes there.
 * @param layersBelow What an implied directory looks like, and whether a whiteout hides anything, depends on these layers.
 */
export function openTree(folder: number, layersBelow: LowerLayers): LayerTree {
  using opened = new DisposableStack();
  const keep = (descriptor: number): number => opened.adopt(descriptor, kernel.close);
  kernel.mkdirat(folder, rootDirectory, 0o755);
  kernel.mkdirat(folder, trashDirectory, 0o700);
  const root = keep(openDirectory(folder, rootDirectory));
  const trash = keep(openDirectory(folder, trashDirectory));
  /**
   * By true path, since one through links may lead elsewhere later; a directory's times change with each file that is put
   * into it, so they are set at the end.
   */
  const times = new Map<string, { readonly path: readonly string[] } & Pick<Metadata, 'accessed' | 'modified'>>();
  const note = (path: readonly string[], directory: number, { accessed, modified }: Metadata): void => {
    const place = truePath(root, directory) ?? path;
    times.set(place.join('/'), { path: place, accessed, modified });
  };
  /** True paths of directories in which nothing of the layers below is to be seen. */
  const opaque = new Set<string>();
  const hide = (path: readonly string[], directory: number): void => {
    opaque.add((truePath(root, directory) ?? path).join('/'));
    makeOpaque(directory);
  };
  const isHidden = (path: readonly string[]): boolean =>
    opaque.size > 0 && path.some((_, index) => opaque.has(path.slice(0, index).join('/')));
  const below: LowerLayers = {
    has: (path) => !isHidden(path) && layersBelow.has(path),
    directory: (path) => (isHidden(path) ? undefined : layersBelow.directory(path)),
  };
  const whiteouts: (readonly string[])[] = [];
  const parents = opened.use(openParents(root, below, note, hide));
  const rootMetadata = below.directory([]) ?? impliedDirectory;
  applyToDirectory(root, rootMetadata);
  note([], root, rootMetadata);

  /** The file whose content is coming. */
  let file: number | undefined;
  let current: { readonly entry: Entry; readonly parent: number; readonly name: string } | undefined;
  opened.defer(() => {
    if (file !== undefined) kernel.close(file);
  });

  function begin(entry: Entry): void {
    current = undefined;
    const meaning = whiteoutOf(entry.path);
    const parentPath = entry.path.slice(0, -1);
    if (entry.path.length === 0) putRoot(entry);
    else if (meaning.kind === 'entry') putEntry(entry);
    else if (meaning.kind === 'opaque') hide(parentPath, parents.open(parentPath));
    else if (meaning.kind === 'whiteout') putWhiteout(parentPath, meaning.target);
  }

  function putEntry(entry: Entry): void {
    if (entry.type === 'directory') putDirectory(entry);
    else if (entry.type === 'link') putLink(entry.path, entry.target);
    else putFile(entry);
  }

  function putFile(entry: Exclude<Entry, { type: 'directory' | 'link' }>): void {
    const name = entry.path.at(-1)!;
    const parent = makeRoom(entry.path);
    if (entry.type === 'file') {
      file = byteKernel.openat(parent, name, k.O_WRONLY | k.O_CREAT | k.O_EXCL | k.O_NOFOLLOW, 0o600);
    } else makeSpecial(entry, parent, name);
    current = { entry, parent, name };
  }

  function write(content: Uint8Array): void {
    if (file === undefined) return; // a whiteout with content
    for (let rest = content; rest.byteLength > 0; ) rest = rest.subarray(byteKernel.write(file, rest));
  }

  /** Moves on without writing; where a hole ends the file, the last byte makes its size. */
  function hole(length: number): void {
    if (file === undefined) return;
    ftruncateSync(file, kernel.skip(file, length));
  }

  function end(): void {
    if (file !== undefined) kernel.close(file);
    file = undefined;
    if (current === undefined) return;
    applyMetadata(current.parent, current.name, current.entry, current.entry.type === 'symlink');
  }

  function putRoot(entry: Entry): void {
    if (entry.type !== 'directory') throw new TsdockerError('corrupt', 'a layer’s root is not a directory');
    applyToDirectory(root, entry);
    note([], root, entry);
  }

  /** Opens the directory of `path`, and removes from there what the layer had before at `path`. */
  function makeRoom(path: readonly string[]): number {
    const [parentPath, name] = [path.slice(0, -1), path.at(-1)!];
    const parent = parents.open(parentPath);
    if (look(parent, name) === undefined) return parent;
    removeTree(parent, name, trash);
    // What was removed may be a link that the path led through: it may lead elsewhere now, and the entry is put here.
    parents.forgetPath();
    return parent;
  }

  function putDirectory(entry: Entry): void {
    const name = entry.path.at(-1)!;
    let parent = parents.open(entry.path.slice(0, -1));
    const there = look(parent, name);
    // A whiteout and a directory of one name: the new directory shows nothing of the old one.
    const covers = there !== undefined && isWhiteout(there);
    if (!there?.isDirectory()) {
      parent = makeRoom(entry.path);
      byteKernel.mkdirat(parent, name, 0o700);
    }
    inDirectory(parent, name, (directory) => {
      applyToDirectory(directory, entry);
      if (covers) hide(entry.path, directory);
      note(entry.path, directory, entry);
    });
  }

  /** A whiteout counts for the layers below only (layer.md, "Whiteouts"): what this layer has of that name stays. */
  function putWhiteout(parentPath: readonly string[], target: string): void {
    const parent = parents.open(parentPath);
    if (!below.has([...parentPath, target])) return;
    const there = look(parent, target);
    if (there === undefined) {
      byteKernel.mknodat(parent, target, k.S_IFCHR);
      whiteouts.push([...(truePath(root, parent) ?? parentPath), target]);
    } else if (there.isDirectory()) {
      inDirectory(parent, target, (directory) => hide([...parentPath, target], directory));
    }
  }

  /** Overlayfs merges nothing into an opaque directory, and then shows what it takes for no whiteouts. */
  function dropHiddenWhiteouts(): void {
    for (const path of whiteouts.filter(isHidden)) {
      const parent = parents.findTrue(path.slice(0, -1));
      const there = parent === undefined ? undefined : look(parent, path.at(-1)!);
      if (there !== undefined && isWhiteout(there)) byteKernel.unlinkat(parent!, path.at(-1)!);
    }
  }

  /**
   * ATTACK: a hard link to a file outside of the layer would give it to the container, or let the next entry of the same
   * name overwrite it. The target is found as an entry is, inside the layer's root, and where it is a symbolic link, the
   * link itself is linked.
   */
  function putLink(path: readonly string[], target: readonly string[]): void {
    const [name, targetName] = [path.at(-1)!, target.at(-1)];
    const parent = kernel.fcntl(makeRoom(path), k.F_DUPFD_CLOEXEC, 3); // finding the target closes what `parents` holds
    try {
      const from = parents.find(target.slice(0, -1));
      const there = from === undefined || targetName === undefined ? undefined : look(from, targetName);
      if (there === undefined || there.isDirectory() || isWhiteout(there)) {
        const [link, file] = [shown(path.join('/')), shown(target.join('/'))];
        throw new TsdockerError('corrupt', `${link} is a hard link to ${file}, which is no file of the same layer`);
      }
      byteKernel.linkat(from!, targetName!, parent, name);
    } finally {
      kernel.close(parent);
    }
  }

  function finish(): void {
    dropHiddenWhiteouts();
    for (const { path, accessed, modified } of times.values()) {
      const directory = parents.findTrue(path);
      // Gone where a later entry took its place.
      if (directory !== undefined) applyTimes(directory, { accessed, modified });
    }
    kernel.unlinkat(folder, trashDirectory, k.AT_REMOVEDIR);
    kernel.syncfs(root);
  }

  const lifetime = opened.move();
  return {
    begin: (entry) => naming(entry.path, () => begin(entry)),
    write: (content) => naming(current?.entry.path ?? [], () => write(content)),
    hole: (length) => naming(current?.entry.path ?? [], () => hole(length)),
    end: () => naming(current?.entry.path ?? [], end),
    finish,
    [Symbol.dispose]: () => lifetime.dispose(),
  };
}

function makeSpecial(
  entry: Exclude<Entry, { type: 'file' | 'directory' | 'link' }>,
  parent: number,
  name: string,
): void {
  if (entry.type === 'symlink') byteKernel.symlinkat(entry.target, parent, name);
  else if (entry.type === 'fifo') byteKernel.mknodat(parent, name, k.S_IFIFO | 0o600);
  else {
    const type = entry.type === 'character-device' ? k.S_IFCHR : k.S_IFBLK;
    byteKernel.mknodat(parent, name, type | 0o600, entry.major, entry.minor);
  }
}

function inDirectory(parent: number, name: string, action: (directory: number) => void): void {
  const directory = openDirectory(parent, name);
  try {
    action(directory);
  } finally {
    kernel.close(directory);
  }
}

/** A system call that fails is told with the entry that it was for. */
function naming(path: readonly string[], action: () => void): void {
  try {
    action();
  } catch (cause) {
    if (!(cause instanceof KernelError)) throw cause;
    throw new TsdockerError('kernel', `cannot unpack ${shown(path.join('/'))}: ${cause.message}`, {
      cause,
      ...(failedWith(cause, 'EPERM') && { hint: 'root may lack a capability here: CAP_MKNOD or CAP_SYS_ADMIN' }),
    });
  }
}

/** Where a directory below `root` lies; undefined where that is longer than any path. */
function truePath(root: number, directory: number): string[] | undefined {
  const place = (descriptor: number) => readlinkSync(`/proc/self/fd/${descriptor}`, 'latin1' as BufferEncoding);
  try {
    return place(directory).slice(place(root).length).split('/').slice(1);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENAMETOOLONG') return undefined;
    throw error;
  }
}

// The tree that a layer's entries make, in memory: what each entry replaces, what is implied, what is hidden (image-spec
// layer.md, "Applying Changesets"; kernel Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories").
import { TsdockerError } from '../../error.ts';
import { shown } from '../byte-names.ts';
import type { Entry } from '../entry.ts';
import { whiteoutOf } from '../whiteout.ts';
import { findDirectory } from './find.ts';
import { type DirectoryNode, type FileNode, makeDirectory, type Node, type NodeMetadata, unsaid } from './node.ts';

export interface LayerTree {
  readonly root: DirectoryNode;
  /**
   * Takes an entry; returns the file whose content comes next, if it is one. Throws `corrupt`.
   * @param block Where that content will begin.
   */
  put(entry: Entry, block: number): FileNode | undefined;
}

/**
 * ATTACK: every name costs memory. Real layers have at most some hundred thousand; an archive of empty files with millions is
 * small when it is compressed.
 */
const mostEntries = 2_000_000;
/** No path can name what lies deeper (PATH_MAX of limits.h), but links make such trees. */
const deepest = 2048;

export function createTree(): LayerTree {
  const root = makeDirectory(unsaid, 0, true);
  let entries = 0;
  /** Entries mostly come a directory at a time. */
  let last: { readonly key: string; readonly directory: DirectoryNode } | undefined;

  function open(path: readonly string[]): DirectoryNode {
    const key = path.join('/');
    if (last?.key === key) return last.directory;
    let directory = findDirectory(root, path);
    for (let length = 1; directory === undefined; length++) {
      const prefix = path.slice(0, length);
      const there = findDirectory(root, prefix) ?? imply(prefix);
      if (length === path.length) directory = there;
    }
    last = { key, directory };
    return directory;
  }

  function imply(path: readonly string[]): DirectoryNode {
    const parent = findDirectory(root, path.slice(0, -1))!;
    const there = parent.children.get(path.at(-1)!);
    if (there !== undefined && there.type !== 'whiteout') {
      throw new TsdockerError('corrupt', `the entries of ${shown(path.join('/'))} do not lie in a directory`);
    }
    return addDirectory(parent, path, unsaid, there === undefined);
  }

  function addDirectory(
    parent: DirectoryNode,
    path: readonly string[],
    metadata: NodeMetadata,
    isImplied: boolean,
  ): DirectoryNode {
    if (parent.depth === deepest) {
      throw new TsdockerError('corrupt', `the directory ${shown(path.join('/'))} lies too deep in its layer`);
    }
    const name = path.at(-1)!;
    const made = makeDirectory(metadata, parent.depth + 1, isImplied);
    // A whiteout and a directory of one name: the new directory shows nothing of the old one.
    if (parent.children.get(name)?.type === 'whiteout') made.opaque = 'ifBelow';
    set(parent, name, made);
    return made;
  }

  function set(parent: DirectoryNode, name: string, node: Node): void {
    if (++entries > mostEntries) {
      throw new TsdockerError(
        'corrupt',
        `a layer has more than ${mostEntries} entries, which is the most that is allowed`,
      );
    }
    const replaced = parent.children.get(name)?.type;
    if (replaced === 'directory' || replaced === 'symlink') last = undefined; // it may be held, or lead to what is
    parent.children.set(name, node);
  }

  function putDirectory(path: readonly string[], metadata: NodeMetadata): void {
    const parent = open(path.slice(0, -1));
    const there = parent.children.get(path.at(-1)!);
    if (there?.type === 'directory') {
      there.metadata = metadata;
      there.isImplied = false;
    } else addDirectory(parent, path, metadata, false);
  }

  /** A whiteout counts for the layers below only (layer.md, "Whiteouts"): what this layer has of that name stays. */
  function putWhiteout(parent: DirectoryNode, name: string): void {
    const there = parent.children.get(name);
    if (there === undefined) set(parent, name, { type: 'whiteout', metadata: unsaid });
    else if (there.type === 'directory' && there.opaque === 'no') there.opaque = 'ifBelow';
  }

  /**
   * ATTACK: a hard link to a file outside of the layer would give it to the container. The target is found inside of the
   * layer, and where it is a symbolic link, the link itself is linked.
   */
  function putLink(path: readonly string[], target: readonly string[]): void {
    const parent = open(path.slice(0, -1));
    const there = findDirectory(root, target.slice(0, -1))?.children.get(target.at(-1) ?? '');
    if (there === undefined || there.type === 'directory' || there.type === 'whiteout') {
      const [link, file] = [shown(path.join('/')), shown(target.join('/'))];
      throw new TsdockerError('corrupt', `${link} is a hard link to ${file}, which is no file of the same layer`);
    }
    set(parent, path.at(-1)!, there);
  }

  function putEntry(entry: Entry, block: number): FileNode | undefined {
    const { path, mode, uid, gid, modified, attributes } = entry;
    const metadata = { mode, uid, gid, modified, attributes };
    const name = path.at(-1);
    if (name === undefined) {
      if (entry.type !== 'directory') throw new TsdockerError('corrupt', 'a layer’s root is not a directory');
      root.metadata = metadata;
      root.isImplied = false;
      return undefined;
    }
    if (entry.type === 'directory') putDirectory(path, metadata);
    else if (entry.type === 'link') putLink(path, entry.target);
    else {
      const parent = open(path.slice(0, -1));
      const node = makeNode(entry, metadata, block);
      set(parent, name, node);
      if (node.type === 'file') return node;
    }
    return undefined;
  }

  return {
    root,
    put(entry, block) {
      const meaning = whiteoutOf(entry.path);
      if (meaning.kind === 'entry') return putEntry(entry, block);
      if (meaning.kind === 'ignored') return undefined;
      const parent = open(entry.path.slice(0, -1));
      if (meaning.kind === 'opaque') parent.opaque = 'yes';
      else putWhiteout(parent, meaning.target);
      return undefined;
    },
  };
}

function makeNode(entry: Exclude<Entry, { type: 'directory' | 'link' }>, metadata: NodeMetadata, block: number): Node {
  switch (entry.type) {
    case 'file':
      return { type: 'file', metadata, block, size: 0 };
    case 'symlink':
      return { type: 'symlink', metadata, target: entry.target };
    case 'fifo':
      return { type: 'fifo', metadata };
    default:
      return { type: entry.type, metadata, major: entry.major, minor: entry.minor };
  }
}

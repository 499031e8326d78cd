// The files of a layer as they are kept in memory while it is written: all but their contents, which go to the image at once.
import type { Metadata } from '../entry.ts';

export type Node = FileNode | DirectoryNode | SymlinkNode | DeviceNode | FifoNode | WhiteoutNode;

interface Common {
  metadata: NodeMetadata;
  /** Where its inode lies (format.ts), and how many names it has: known when the image's metadata is laid out. */
  nid?: number;
  links?: number;
}

/** An image has no place for the time of access. */
export type NodeMetadata = Omit<Metadata, 'accessed'>;

export interface FileNode extends Common {
  readonly type: 'file';
  /** The first block of its data. */
  readonly block: number;
  /** Bytes; it grows while the content comes. */
  size: number;
}

export interface DirectoryNode extends Common {
  readonly type: 'directory';
  readonly depth: number;
  readonly children: Map<string, Node>;
  /** No entry spoke of it: the layers below know what it looks like, where they have it. */
  isImplied: boolean;
  /** Whether it hides what the layers below have in it; `ifBelow`: where they have anything of that name. */
  opaque: 'no' | 'yes' | 'ifBelow';
}

export interface SymlinkNode extends Common {
  readonly type: 'symlink';
  readonly target: string;
}

export interface DeviceNode extends Common {
  readonly type: 'character-device' | 'block-device';
  readonly major: number;
  readonly minor: number;
}

export interface FifoNode extends Common {
  readonly type: 'fifo';
}

/** Says that a name of the layers below is gone, if they have it. */
export interface WhiteoutNode extends Common {
  readonly type: 'whiteout';
}

/** What an implied directory is where no layer below knows better, and a whiteout always: the same each time. */
export const unsaid: NodeMetadata = { mode: 0o755, uid: 0, gid: 0, modified: 0n, attributes: [] };

export const makeDirectory = (metadata: NodeMetadata, depth: number, isImplied: boolean): DirectoryNode => ({
  type: 'directory',
  metadata,
  depth,
  children: new Map(),
  isImplied,
  opaque: 'no',
});

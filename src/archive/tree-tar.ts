// The tar of a directory tree that strangers filled and may be changing: every name is opened in the directory that is held open,
// no link is followed, and nothing but regular files is opened for reading. The entries come in the order of their names' bytes;
// like Docker's, the archive of a whole tree does not name its root, and none holds sockets.
import { type BigIntStats, fstatSync, readdirSync, readSync } from 'node:fs';
import { TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import { failedWith } from '../kernel/index.ts';
import { byteKernel, invokeWithBytes, shown } from '../layer/byte-names.ts';
import type { Metadata } from '../layer/entry.ts';
import { isOpaque, readMetadata } from '../layer/metadata.ts';
import { isWhiteout } from '../layer/places.ts';
import { opaqueName, whiteoutName } from '../layer/whiteout.ts';
import { blockSize, encodeHeader, paddingOf, type TarHeader } from './tar-header.ts';

/** PATH_MAX: hardly anybody could unpack a longer one. */
const longestPath = 4096;
const pieceSize = 2 ** 18;

export interface TarOptions {
  /** Whom the archive names as the owner. */
  readonly owner?: (owner: Owner) => Owner;
  /** The tree is the upper directory of an overlay: its whiteouts and opaque directories are written as a layer's (layer.md, "Whiteouts"). */
  readonly isLayer?: boolean;
  /** What is left out, with all that lies below it. @param path Of bytes, as the archive would call it. */
  readonly omits?: (path: string) => boolean;
}

export type Owner = Pick<Metadata, 'uid' | 'gid'>;

/**
 * @param root A directory's descriptor, which stays the caller's; it may be opened with O_PATH.
 * Throws `unsupported` for a path that is too long.
 */
export function tarTree(root: number, options: TarOptions = {}): Generator<Uint8Array> {
  return gather(writeTree(root, undefined, options));
}

/**
 * One file of any kind; a directory with all that lies below it.
 * @param place A descriptor of it, opened with O_PATH, which stays the caller's.
 * @param shownAs What the archive calls it: a byte string.
 */
export function tarPlace(place: number, shownAs: string, options: TarOptions = {}): Generator<Uint8Array> {
  return gather(writeTree(place, shownAs, options));
}

/** Headers are small: they are handed on by many. */
function* gather(parts: Iterable<Uint8Array>): Generator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  for (const part of parts) {
    waiting.push(part);
    size += part.byteLength;
    if (size < pieceSize) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    size = 0;
  }
  yield Buffer.concat(waiting);
}

/** A directory on the way down. Its names are not read again: nobody can keep us in it by adding more. */
interface Visit {
  readonly path: string;
  readonly facts: BigIntStats;
  readonly names: Iterator<string>;
}

/** @param shownAs What the archive calls the root; it has no entry of its own unless given. */
function* writeTree(root: number, shownAs: string | undefined, options: TarOptions): Generator<Uint8Array> {
  const writer: Writer = { links: new Map(), options };
  let current: number | undefined;
  try {
    if (shownAs === undefined) current = byteKernel.openat(root, '.', k.O_RDONLY | k.O_DIRECTORY);
    else current = yield* writePlace(writer, root, shownAs, '');
    const visits: Visit[] = current === undefined ? [] : [visit(current, shownAs === undefined ? '' : `${shownAs}/`)];
    for (let at = visits.at(-1); at !== undefined; at = visits.at(-1)) {
      const { done, value: name } = at.names.next();
      let next: number | undefined;
      if (done) {
        visits.pop();
        // One descriptor for a tree of any depth: the way back is looked for, and looked at.
        if (visits.length > 0) next = openParent(current!, visits.at(-1)!);
      } else {
        next = yield* writeEntry(writer, current!, name, at.path);
        if (next !== undefined) visits.push(visit(next, `${at.path}${name}/`));
      }
      if (next === undefined) continue;
      byteKernel.close(current!);
      current = next;
    }
  } finally {
    if (current !== undefined) byteKernel.close(current);
  }
  yield Buffer.alloc(2 * blockSize);
}

function visit(directory: number, path: string): Visit {
  const names = readdirSync(`/proc/self/fd/${directory}`, { encoding: 'latin1' }).sort();
  return { path, facts: fstatSync(directory, { bigint: true }), names: names.values() };
}

/** ATTACK: a directory that is moved while we are in it has another parent, which may be outside of the tree. */
function openParent(directory: number, { path, facts }: Visit): number {
  const parent = byteKernel.openat(directory, '..', k.O_RDONLY | k.O_DIRECTORY);
  const found = fstatSync(parent, { bigint: true });
  if (found.ino === facts.ino && found.dev === facts.dev) return parent;
  byteKernel.close(parent);
  throw new TsdockerError('conflict', `the directory ${shown(`/${path}`)} was moved while it was read`);
}

interface Writer {
  /** The names that files with several have in the archive already. */
  readonly links: Map<string, string>;
  readonly options: TarOptions;
}

/** Returns a directory opened, for its turn. What was removed since its name was read is no entry. */
function* writeEntry(
  writer: Writer,
  folder: number,
  name: string,
  before: string,
): Generator<Uint8Array, number | undefined> {
  const place = unlessGone(() => byteKernel.openat(folder, name, k.O_PATH | k.O_NOFOLLOW));
  if (place === undefined) return undefined;
  try {
    return yield* writePlace(writer, place, name, before);
  } finally {
    byteKernel.close(place);
  }
}

/** @param before The path of its directory in the archive, with a slash at the end. */
function* writePlace(
  { links, options }: Writer,
  place: number,
  name: string,
  before: string,
): Generator<Uint8Array, number | undefined> {
  const path = before + name;
  const facts = fstatSync(place, { bigint: true });
  const type = typeOf(facts);
  if (type === undefined || options.omits?.(path)) return undefined;
  if (options.isLayer && name.startsWith(whiteoutName(''))) {
    throw new TsdockerError(
      'unsupported',
      `no layer can hold ${shown(`/${path}`)}: its name says that something is gone`,
    );
  }
  if (path.length >= longestPath) {
    throw new TsdockerError('unsupported', `the path ${shown(`/${path}`)} has more than ${longestPath} bytes`);
  }
  if (type === 'directory') {
    const directory = unlessGone(() => byteKernel.openat(place, '.', k.O_RDONLY | k.O_DIRECTORY));
    if (directory === undefined) return undefined;
    yield encodeHeader(headerOf(place, facts, { type, name: `${path}/` }, options));
    if (options.isLayer && isOpaque(place)) yield encodeHeader(emptyFile(`${path}/${opaqueName}`));
    return directory;
  }
  if (options.isLayer && isWhiteout(facts)) {
    yield encodeHeader(emptyFile(before + whiteoutName(name)));
    return undefined;
  }
  const first = facts.nlink > 1n ? firstName(links, facts, path) : undefined;
  if (first !== undefined) {
    yield encodeHeader({
      ...headerOf(place, facts, { type: 'link', name: path, target: first }, options),
      attributes: [],
    });
  } else if (type === 'file') {
    yield* writeFile(place, headerOf(place, facts, { type, name: path, size: Number(facts.size) }, options));
  } else {
    const target = type === 'symlink' ? readTarget(place) : '';
    yield encodeHeader(headerOf(place, facts, { type, name: path, target, ...deviceOf(facts) }, options));
  }
  return undefined;
}

/** Of a file with several names: the one that it has in the archive already. */
function firstName(links: Map<string, string>, { dev, ino }: BigIntStats, path: string): string | undefined {
  const key = `${dev}:${ino}`;
  const known = links.get(key);
  if (known === undefined) links.set(key, path);
  return known;
}

/**
 * ATTACK: the size stands in the header already; a file that grows or shrinks meanwhile must not shift what follows it.
 * It is cut, or filled up with zeros, as GNU tar does.
 */
function* writeFile(place: number, header: TarHeader): Generator<Uint8Array> {
  const file = unlessGone(() => byteKernel.openat(k.AT_FDCWD, `/proc/self/fd/${place}`, k.O_RDONLY));
  if (file === undefined) return;
  try {
    yield encodeHeader(header);
    for (let left = header.size, hasEnded = false; left > 0; ) {
      const piece = Buffer.alloc(Math.min(left, pieceSize));
      const got: number = hasEnded ? 0 : readSync(file, piece);
      hasEnded = got === 0;
      yield hasEnded ? piece : piece.subarray(0, got);
      left -= hasEnded ? piece.byteLength : got;
    }
    yield Buffer.alloc(paddingOf(header.size));
  } finally {
    byteKernel.close(file);
  }
}

function headerOf(
  place: number,
  facts: BigIntStats,
  own: Pick<TarHeader, 'type' | 'name'> & Partial<TarHeader>,
  { owner = (same) => same }: TarOptions,
): TarHeader {
  const { mode, uid, gid, modified, attributes } = steady(() => readMetadata(place, facts));
  return { mode, ...owner({ uid, gid }), modified, attributes, size: 0, ...own };
}

const emptyFile = (name: string): TarHeader => ({
  type: 'file',
  name,
  mode: 0o600,
  uid: 0,
  gid: 0,
  modified: 0n,
  attributes: [],
  size: 0,
});

/** An attribute may be removed or grow between two looks. */
function steady(read: () => Metadata): Metadata {
  for (let tries = 0; ; tries++) {
    try {
      return read();
    } catch (error) {
      if (tries === 100 || !failedWith(error, 'ENODATA', 'ERANGE')) throw error;
    }
  }
}

function readTarget(link: number): string {
  const memory = Buffer.alloc(longestPath);
  return memory.toString('latin1', 0, invokeWithBytes('readlinkat', link, '', memory, memory.byteLength));
}

/** Undefined for what no tar can hold: sockets. */
function typeOf(facts: BigIntStats): TarHeader['type'] | undefined {
  if (facts.isFile()) return 'file';
  if (facts.isDirectory()) return 'directory';
  if (facts.isSymbolicLink()) return 'symlink';
  if (facts.isCharacterDevice()) return 'character-device';
  if (facts.isBlockDevice()) return 'block-device';
  return facts.isFIFO() ? 'fifo' : undefined;
}

/** As makedev(3) puts them together. */
const deviceOf = ({ rdev }: BigIntStats): { major: number; minor: number } => ({
  major: Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn)),
  minor: Number((rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n)),
});

/** Beneath an overlay, what is removed may also be stale. */
function unlessGone(open: () => number): number | undefined {
  try {
    return open();
  } catch (error) {
    if (failedWith(error, 'ENOENT', 'ESTALE')) return undefined;
    throw error;
  }
}

// The tar of a directory tree that strangers filled and may be changing: every name is opened in the directory that is held open,
// no link is followed, and nothing but regular files is opened for reading. The entries come in the order of their names' bytes;
// like Docker's, the archive does not name the root itself, and holds no sockets.
import { type BigIntStats, fstatSync, readdirSync, readSync } from 'node:fs';
import { TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import { failedWith } from '../kernel/index.ts';
import { byteKernel, invokeWithBytes, shown } from '../layer/byte-names.ts';
import type { Metadata } from '../layer/entry.ts';
import { readMetadata } from '../layer/metadata.ts';
import { blockSize, encodeHeader, paddingOf, type TarHeader } from './tar-header.ts';

/** PATH_MAX: hardly anybody could unpack a longer one. */
const longestPath = 4096;
const pieceSize = 2 ** 18;

/**
 * @param root A directory's descriptor, which stays the caller's; it may be opened with O_PATH.
 * Throws `unsupported` for a path that is too long.
 */
export function tarTree(root: number): Generator<Uint8Array> {
  return gather(writeTree(root));
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

function* writeTree(root: number): Generator<Uint8Array> {
  const links = new Map<string, string>();
  let current = byteKernel.openat(root, '.', k.O_RDONLY | k.O_DIRECTORY);
  try {
    const visits = [visit(current, '')];
    for (let at = visits.at(-1); at !== undefined; at = visits.at(-1)) {
      const { done, value: name } = at.names.next();
      let next: number | undefined;
      if (done) {
        visits.pop();
        // One descriptor for a tree of any depth: the way back is looked for, and looked at.
        if (visits.length > 0) next = openParent(current, visits.at(-1)!);
      } else {
        next = yield* writeEntry(current, name, at.path + name, links);
        if (next !== undefined) visits.push(visit(next, `${at.path}${name}/`));
      }
      if (next === undefined) continue;
      byteKernel.close(current);
      current = next;
    }
  } finally {
    byteKernel.close(current);
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

/** Returns a directory opened, for its turn. What was removed since its name was read is no entry. */
function* writeEntry(
  folder: number,
  name: string,
  path: string,
  links: Map<string, string>,
): Generator<Uint8Array, number | undefined> {
  const place = unlessGone(() => byteKernel.openat(folder, name, k.O_PATH | k.O_NOFOLLOW));
  if (place === undefined) return undefined;
  try {
    const facts = fstatSync(place, { bigint: true });
    const type = typeOf(facts);
    if (type === undefined) return undefined;
    if (path.length >= longestPath) {
      throw new TsdockerError('unsupported', `the path ${shown(`/${path}`)} has more than ${longestPath} bytes`);
    }
    if (type === 'directory') {
      const directory = unlessGone(() => byteKernel.openat(place, '.', k.O_RDONLY | k.O_DIRECTORY));
      if (directory !== undefined) yield encodeHeader(headerOf(place, facts, { type, name: `${path}/` }));
      return directory;
    }
    const first = facts.nlink > 1n ? firstName(links, facts, path) : undefined;
    if (first !== undefined) {
      yield encodeHeader({ ...headerOf(place, facts, { type: 'link', name: path, target: first }), attributes: [] });
    } else if (type === 'file') {
      yield* writeFile(place, headerOf(place, facts, { type, name: path, size: Number(facts.size) }));
    } else {
      const target = type === 'symlink' ? readTarget(place) : '';
      yield encodeHeader(headerOf(place, facts, { type, name: path, target, ...deviceOf(facts) }));
    }
    return undefined;
  } finally {
    byteKernel.close(place);
  }
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
): TarHeader {
  const { mode, uid, gid, modified, attributes } = steady(() => readMetadata(place, facts));
  return { mode, uid, gid, modified, attributes, size: 0, ...own };
}

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

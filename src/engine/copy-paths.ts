// The paths of `docker cp`: what a source is called in an archive, and where a destination is (docs.docker.com, "docker container cp").
// The same rules for both sides; only how a path is opened differs. Paths are byte strings.
import { type BigIntStats, fstatSync } from 'node:fs';
import { posix } from 'node:path';
import { TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import { failedWith } from '../kernel/index.ts';
import { byteKernel, byteName, invokeWithBytes, shown } from '../layer/byte-names.ts';
import type { OpenedRoot } from './container-root.ts';

/** The host's files, or a container's. */
export interface Side {
  /** For messages: `in the container web`. */
  readonly where: string;
  /** The descriptor is the caller's. */
  open(path: string, flags: number): number;
}

export const hostSide: Side = {
  where: 'on this machine',
  open: (path, flags) => byteKernel.openat(k.AT_FDCWD, path, flags),
};

/** How a path is followed in a container: a link leads to another file of the same container at worst (CVE-2018-15664). */
export const inContainer: number = k.RESOLVE_IN_ROOT | k.RESOLVE_NO_MAGICLINKS;

export const containerSide = (root: OpenedRoot, name: string): Side => ({
  where: `in the container ${name}`,
  open: (path, flags) => byteKernel.openat2(root.descriptor, path, flags, inContainer),
});

/** An absolute path as Docker cleans it: without `..`, and with the `/` or `/.` that it ended in, which say something. */
export function cleanPath(text: string, folder = '/'): string {
  const clean = posix.resolve(byteName(folder), byteName(text));
  const isItself = /(?:^|\/)\.\/*$/.test(text);
  if (isItself) return clean === '/' ? '/.' : `${clean}/.`;
  return text.endsWith('/') && clean !== '/' ? `${clean}/` : clean;
}

/** The last name; `.` where it is the directory itself that is meant. */
const baseOf = (path: string): string => (path.endsWith('/.') ? '.' : posix.basename(path) || '.');
/** The directory that the last name lies in. */
const folderOf = (path: string): string => posix.dirname(path.replace(/\/\.?$/, '') || '/');
const assertsDirectory = (path: string): boolean => /\/\.?$/.test(path);

/** What is to be copied, held open: closed by `[Symbol.dispose]`. */
export interface Source extends Disposable {
  readonly place: number;
  readonly isDirectory: boolean;
  /** What it is called, unless the destination says otherwise. */
  readonly base: string;
}

/** @param followLink Where the path is of a link, what it leads to is meant. Throws `notFound`. */
export function openSource(side: Side, path: string, followLink: boolean): Source {
  const place = named(side, path, () => side.open(path, k.O_PATH | (followLink ? 0 : k.O_NOFOLLOW)));
  if (place === undefined) throw missing(side, path);
  const isDirectory = fstatSync(place).isDirectory();
  return { place, isDirectory, base: baseOf(path), [Symbol.dispose]: () => byteKernel.close(place) };
}

/** Where something is to be copied to. */
export interface Destination {
  /** The directory that it is put into. */
  readonly folder: string;
  /** What it is called there. */
  readonly name: string;
}

/** Throws `notFound`, `usage` and `conflict` where the source cannot go there. */
export function chooseDestination(side: Side, given: string, { isDirectory, base }: Source): Destination {
  const { path, facts } = followed(side, given);
  const last = { folder: folderOf(path), name: baseOf(path) };
  if (facts?.isDirectory()) return { folder: path, name: base };
  if (facts !== undefined) {
    if (!isDirectory) return last;
    throw new TsdockerError('conflict', `cannot copy a directory to ${shown(path)} ${side.where}: it is a file`);
  }
  if (!isDirectory && assertsDirectory(path)) throw missing(side, path, 'no such directory');
  const folder = look(side, last.folder);
  if (folder === undefined) throw missing(side, last.folder, 'no such directory');
  if (!folder.isDirectory()) throw new TsdockerError('usage', `${shown(last.folder)} ${side.where} is not a directory`);
  return last;
}

/** The directory to unpack an archive in. */
export function needDirectory(side: Side, path: string): string {
  if (look(side, path)?.isDirectory()) return path;
  throw new TsdockerError('usage', `the destination ${shown(path)} ${side.where} must be a directory`);
}

const mostLinks = 40; // as the kernel (path_resolution(7))

/** Where the last name is a link, what it leads to, there or not. */
function followed(side: Side, given: string): { readonly path: string; readonly facts: BigIntStats | undefined } {
  let path = given;
  for (let links = 0; links < mostLinks; links++) {
    const place = named(side, path, () => side.open(path, k.O_PATH | k.O_NOFOLLOW));
    if (place === undefined) return { path, facts: undefined };
    try {
      const facts = fstatSync(place, { bigint: true });
      if (!facts.isSymbolicLink()) return { path, facts };
      const target = readTarget(place);
      path = target.startsWith('/') ? target : `${folderOf(path)}/${target}`;
    } finally {
      byteKernel.close(place);
    }
  }
  throw new TsdockerError('usage', `${shown(given)} ${side.where} leads through more than ${mostLinks} links`);
}

function look(side: Side, path: string): BigIntStats | undefined {
  const place = named(side, path, () => side.open(path, k.O_PATH));
  if (place === undefined) return undefined;
  try {
    return fstatSync(place, { bigint: true });
  } finally {
    byteKernel.close(place);
  }
}

function readTarget(link: number): string {
  const memory = Buffer.alloc(4096);
  return memory.toString('latin1', 0, invokeWithBytes('readlinkat', link, '', memory, memory.byteLength));
}

/** Undefined where there is nothing. */
function named(side: Side, path: string, open: () => number): number | undefined {
  try {
    return open();
  } catch (cause) {
    if (failedWith(cause, 'ENOENT')) return undefined;
    if (failedWith(cause, 'ENOTDIR'))
      throw new TsdockerError('usage', `${shown(path)} ${side.where} is not a directory`);
    if (failedWith(cause, 'ELOOP'))
      throw new TsdockerError('usage', `${shown(path)} ${side.where} leads through too many links`);
    throw cause;
  }
}

const missing = (side: Side, path: string, what = 'no such file or directory'): TsdockerError =>
  new TsdockerError('notFound', `there is no ${shown(path)} ${side.where}: ${what}`);

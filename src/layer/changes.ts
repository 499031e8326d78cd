// What an overlay's upper directory changes of what lies below it (kernel Documentation/filesystems/overlayfs.rst, "Whiteouts and opaque
// directories"). Both are full of strangers' names, and the upper one may be changing: no link is followed.
import { type BigIntStats, fstatSync, readdirSync } from 'node:fs';
import * as k from '../kernel/constants.ts';
import { failedWith } from '../kernel/index.ts';
import { byteKernel } from './byte-names.ts';
import { isOpaque } from './metadata.ts';
import { isWhiteout } from './places.ts';

export interface TreeChange {
  readonly kind: 'added' | 'changed' | 'deleted';
  /** A byte string, without a slash in front. */
  readonly path: string;
}

/** A directory on the way down. */
interface Visit {
  readonly path: string;
  readonly names: Iterator<string>;
  /** What is below is not seen through it. */
  readonly isOpaque: boolean;
  /** What is to be said of it before anything that lies in it. */
  waiting: TreeChange['kind'] | undefined;
}

/**
 * Parents before their children, names in the order of their bytes. A directory with changes in it is changed.
 * @param upper A descriptor of the upper directory, which stays the caller's.
 * @param lower The same of what the layers below show together.
 * @param ignored Places that are made to mount something on: none of them is a change where nothing is below and nothing is in them.
 */
export function* treeChanges(upper: number, lower: number, ignored: ReadonlySet<string>): Generator<TreeChange> {
  const visits: Visit[] = [];

  /** Of a directory that is there on both sides. */
  const isSame = (path: string, above: BigIntStats, below: BigIntStats): boolean =>
    above.mode === below.mode &&
    above.uid === below.uid &&
    above.gid === below.gid &&
    (above.mtimeNs === below.mtimeNs ||
      namesIn(upper, path).some(
        (name) => ignored.has(join(path, name)) && look(lower, join(path, name)) === undefined,
      ));

  function enter(path: string, waiting: Visit['waiting'], opaque: boolean): void {
    const names = namesIn(upper, path);
    if (opaque) {
      const known = new Set(names);
      names.push(...namesIn(lower, path).filter((name) => !known.has(name)));
    }
    visits.push({ path, names: names.sort().values(), isOpaque: opaque, waiting });
  }

  function* tell(change: TreeChange): Generator<TreeChange> {
    for (const visit of visits) {
      if (visit.waiting !== undefined) yield { kind: visit.waiting, path: visit.path };
      visit.waiting = undefined;
    }
    yield change;
  }

  enter('', undefined, false);
  for (let at = visits.at(-1); at !== undefined; at = visits.at(-1)) {
    const { done, value: name } = at.names.next();
    if (done) {
      visits.pop();
      continue;
    }
    const path = join(at.path, name);
    const [above, below] = [look(upper, path), look(lower, path)];
    if (above === undefined || isWhiteout(above.facts)) {
      // One that is in neither has been removed since.
      if (below !== undefined && (above !== undefined || at.isOpaque)) yield* tell({ kind: 'deleted', path });
      continue;
    }
    const kind = below === undefined ? 'added' : 'changed';
    if (!above.facts.isDirectory()) {
      const isPlace = ignored.has(path) && below === undefined && above.facts.isFile() && above.facts.size === 0n;
      if (!isPlace) yield* tell({ kind, path });
      continue;
    }
    const isQuiet = below === undefined ? ignored.has(path) : isSame(path, above.facts, below.facts);
    if (!isQuiet) yield* tell({ kind, path });
    const opaque = below?.facts.isDirectory() === true && (at.isOpaque || above.isOpaque);
    enter(path, isQuiet ? kind : undefined, opaque);
  }
}

const join = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

const resolution = k.RESOLVE_BENEATH | k.RESOLVE_NO_SYMLINKS;

/** Undefined where there is nothing, or no way to it without a link. */
function open(root: number, path: string, flags: number): number | undefined {
  try {
    return byteKernel.openat2(root, path === '' ? '.' : path, flags, resolution);
  } catch (error) {
    if (failedWith(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ESTALE')) return undefined;
    throw error;
  }
}

function look(root: number, path: string): { readonly facts: BigIntStats; readonly isOpaque: boolean } | undefined {
  const place = open(root, path, k.O_PATH | k.O_NOFOLLOW);
  if (place === undefined) return undefined;
  try {
    const facts = fstatSync(place, { bigint: true });
    return { facts, isOpaque: facts.isDirectory() && isOpaque(place) };
  } finally {
    byteKernel.close(place);
  }
}

function namesIn(root: number, path: string): string[] {
  const directory = open(root, path, k.O_RDONLY | k.O_DIRECTORY);
  if (directory === undefined) return [];
  try {
    return readdirSync(`/proc/self/fd/${directory}`, { encoding: 'latin1' });
  } finally {
    byteKernel.close(directory);
  }
}

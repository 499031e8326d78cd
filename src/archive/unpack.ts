// Puts the entries of a tar into a directory that is there already, beside what others have in it and may be changing: each step is
// taken in a directory that is held open, and what was made is changed by its descriptor, never by its name.
import { fstatSync, ftruncateSync } from 'node:fs';
import { TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import { errnoName, failedWith, KernelError } from '../kernel/index.ts';
import { byteKernel, shown } from '../layer/byte-names.ts';
import type { Entry, Metadata } from '../layer/entry.ts';
import { applyTimes, applyToHeld } from '../layer/metadata.ts';
import { look, openDirectory } from '../layer/places.ts';
import type { EntrySink } from '../layer/tar/reader.ts';

/** Where entries are put. */
export interface UnpackPlace {
  /** A directory's descriptor, which stays the caller's: nothing is written that does not lie in it. */
  readonly root: number;
  /** The directory in `root` that entries' names begin at, a byte string; empty for `root` itself. */
  readonly path: string;
  /**
   * ATTACK: RESOLVE_ flags for the way to each entry, among them one that keeps it in `root`. A container that swaps a directory for
   * a link while we copy leads us to another directory of its own (CVE-2018-15664); where links are refused, nowhere.
   */
  readonly resolve: number;
}

/** The permissions, owner and attributes an entry gets. */
export type Treatment = (entry: Entry) => Pick<Metadata, 'mode' | 'uid' | 'gid' | 'attributes'>;

export interface Unpacking extends EntrySink, Disposable {
  /** Call it after the last entry: sets the times of directories. */
  finish(): void;
}

/** What it throws: `conflict` where a directory would replace something else, or be replaced; `corrupt`; `kernel`. */
export function openUnpacking(place: UnpackPlace, treat: Treatment): Unpacking {
  const times = new Map<string, Pick<Metadata, 'accessed' | 'modified'> & { readonly path: readonly string[] }>();
  let held: { readonly key: string; readonly directory: number } | undefined;
  let file: number | undefined;
  let current: Entry | undefined;

  function resolve(path: readonly string[]): number {
    const way = [...(place.path === '' ? [] : [place.path]), ...path].join('/');
    return byteKernel.openat2(place.root, way === '' ? '.' : way, k.O_PATH | k.O_DIRECTORY, place.resolve);
  }

  function forget(): void {
    if (held !== undefined) byteKernel.close(held.directory);
    held = undefined;
  }

  /** The directory of `path`, which stays open until the next call; made where it is missing. */
  function open(path: readonly string[]): number {
    const key = path.join('/');
    if (held?.key === key) return held.directory;
    for (let tries = 0; ; tries++) {
      try {
        const directory = resolve(path);
        forget();
        held = { key, directory };
        return directory;
      } catch (error) {
        if (!failedWith(error, 'ENOENT') || path.length === 0 || tries === 3) throw error;
        make(path);
      }
    }
  }

  function make(path: readonly string[]): void {
    const parent = open(path.slice(0, -1));
    try {
      byteKernel.mkdirat(parent, path.at(-1)!, 0o755);
    } catch (error) {
      if (!failedWith(error, 'EEXIST')) throw error; // a container was faster
    }
  }

  function begin(entry: Entry): void {
    current = entry;
    if (entry.path.length === 0) return; // the directory that all is put into stays as it is
    const name = entry.path.at(-1)!;
    const parent = open(entry.path.slice(0, -1));
    const there = look(parent, name);
    if (entry.type === 'directory') {
      if (there !== undefined && !there.isDirectory()) throw refusal(entry, 'non-directory', 'directory');
      putDirectory(entry, parent, name, there === undefined);
      return;
    }
    if (there?.isDirectory()) throw refusal(entry, 'directory', 'non-directory');
    if (entry.type === 'link') putLink(entry.target, parent, name, there !== undefined);
    else {
      if (there !== undefined) unlink(parent, name);
      if (entry.type === 'file') {
        file = byteKernel.openat(parent, name, k.O_WRONLY | k.O_CREAT | k.O_EXCL | k.O_NOFOLLOW, 0o600);
      } else putSpecial(entry, parent, name);
    }
  }

  function putDirectory(entry: Entry, parent: number, name: string, isNew: boolean): void {
    if (isNew) byteKernel.mkdirat(parent, name, 0o700);
    const directory = openDirectory(parent, name);
    try {
      applyToHeld(directory, treat(entry), false);
    } finally {
      byteKernel.close(directory);
    }
    times.set(entry.path.join('/'), entry);
  }

  /** Never to what a link leads to. */
  function putLink(target: readonly string[], parent: number, name: string, isThere: boolean): void {
    const folder = resolve(target.slice(0, -1));
    try {
      const found = target.length === 0 ? undefined : look(folder, target.at(-1)!);
      if (found === undefined || found.isDirectory()) {
        const [link, file] = [shown(name), shown(target.join('/'))];
        throw new TsdockerError('corrupt', `${link} is a hard link to ${file}, which is no file of the same archive`);
      }
      if (isThere) unlink(parent, name);
      byteKernel.linkat(folder, target.at(-1)!, parent, name);
    } finally {
      byteKernel.close(folder);
    }
  }

  function putSpecial(
    entry: Exclude<Entry, { type: 'file' | 'directory' | 'link' }>,
    parent: number,
    name: string,
  ): void {
    if (entry.type === 'symlink') byteKernel.symlinkat(entry.target, parent, name);
    else if (entry.type === 'fifo') byteKernel.mknodat(parent, name, k.S_IFIFO | 0o600);
    else {
      const kind = entry.type === 'character-device' ? k.S_IFCHR : k.S_IFBLK;
      byteKernel.mknodat(parent, name, kind | 0o600, entry.major, entry.minor);
    }
    const made = byteKernel.openat(parent, name, k.O_PATH | k.O_NOFOLLOW);
    try {
      const isLink = fstatSync(made).isSymbolicLink();
      applyToHeld(made, treat(entry), isLink);
      applyTimes(made, entry);
    } finally {
      byteKernel.close(made);
    }
  }

  function closeFile(): void {
    if (file !== undefined) byteKernel.close(file);
    file = undefined;
  }

  function finish(): void {
    for (const { path, accessed, modified } of times.values()) {
      try {
        const directory = resolve(path);
        try {
          applyTimes(directory, { accessed, modified });
        } finally {
          byteKernel.close(directory);
        }
      } catch (error) {
        if (!failedWith(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw error; // it was moved meanwhile
      }
    }
  }

  const naming = <T>(action: () => T): T => {
    try {
      return action();
    } catch (cause) {
      if (!(cause instanceof KernelError)) throw cause;
      throw failure(current?.path ?? [], cause);
    }
  };

  return {
    begin: (entry) => naming(() => begin(entry)),
    write(content) {
      naming(() => {
        for (let rest = content; file !== undefined && rest.byteLength > 0; ) {
          rest = rest.subarray(byteKernel.write(file, rest));
        }
      });
    },
    hole(length) {
      if (file !== undefined) ftruncateSync(file, byteKernel.skip(file, length));
    },
    end() {
      naming(() => {
        if (file === undefined || current === undefined) return;
        applyToHeld(file, treat(current), false);
        applyTimes(file, current);
        closeFile();
      });
    },
    finish: () => naming(finish),
    [Symbol.dispose]() {
      closeFile();
      forget();
    },
  };
}

/** From outside of a container's mount namespace, the kernel would remove what something is mounted on, and the mount with it. */
function unlink(parent: number, name: string): void {
  try {
    byteKernel.close(byteKernel.openat2(parent, name, k.O_PATH | k.O_NOFOLLOW, k.RESOLVE_NO_XDEV | k.RESOLVE_BENEATH));
    byteKernel.unlinkat(parent, name);
  } catch (error) {
    if (!failedWith(error, 'ENOENT')) throw error;
  }
}

const refusal = ({ path }: Entry, there: string, wanted: string): TsdockerError =>
  new TsdockerError('conflict', `cannot overwrite the ${there} ${shown(path.join('/'))} with a ${wanted}`);

function failure(path: readonly string[], cause: KernelError): TsdockerError {
  const why: Partial<Record<string, string>> = {
    EROFS: 'it lies in what is mounted read-only',
    ENOSPC: 'the disk is full',
    EBUSY: 'something is mounted there',
    ELOOP: 'a link is on the way',
    EXDEV: 'something is mounted there',
  };
  const reason = why[errnoName(cause.errno)] ?? cause.message;
  return new TsdockerError('kernel', `cannot write ${shown(path.join('/'))}: ${reason}`, { cause });
}

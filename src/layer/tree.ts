// The folder of one layer while entries of its tar are added to it, in the tar's order.
import { fstatSync, rmSync } from 'node:fs';
import type { Header } from 'tar-stream';
import { TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import { failedWith, kernel } from '../kernel/index.ts';
import { attributesOf } from './attributes.ts';
import { entryComponents } from './entry-name.ts';
import { parseWhiteout } from './whiteout.ts';

interface Place {
  /** The folder it is in. */
  readonly folder: number;
  readonly name: string;
}

const yes = Buffer.from('y');
const inRoot = k.RESOLVE_IN_ROOT | k.RESOLVE_NO_MAGICLINKS;

/** pax keeps fractions of a second; the plain header does not (pax(1), "mtime"). */
function modified({ pax, mtime }: Header): bigint {
  const [, seconds, fraction = ''] = /^(-?\d{1,15})(?:\.(\d+))?$/.exec(pax?.mtime ?? '') ?? [];
  if (seconds === undefined) return BigInt(Math.trunc(mtime.getTime() / 1000)) * 1_000_000_000n;
  return BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9));
}

export class LayerTree implements Disposable {
  readonly #root: number;
  readonly #below: readonly string[];
  /** Times of folders are set at the end: what is put into them changes them. */
  readonly #times = new Map<string, bigint>();
  #parent: { path: string; folder: number } | undefined;

  /** @param root Its folder, which stays the caller's. @param below The folders of the layers below, the topmost first. */
  constructor(root: number, below: readonly string[]) {
    this.#root = root;
    this.#below = below;
  }

  /** Adds an entry; for a regular file, returns a descriptor to write its bytes to, which is the caller's. */
  add(header: Header): number | undefined {
    const components = entryComponents(header.name);
    if (components.length === 0) return undefined;
    const place = this.#placeOf(components);
    const whiteout = parseWhiteout(place.name);
    if (whiteout?.kind === 'opaque') makeOpaque(place.folder);
    if (whiteout?.kind === 'removed' && whiteout.name !== '') {
      makeWhiteout({ folder: place.folder, name: whiteout.name });
    }
    return whiteout === undefined ? this.#make(place, header) : undefined;
  }

  /** Gives a whole entry its owner, mode, attributes and times. */
  finish(header: Header): void {
    const components = entryComponents(header.name);
    if (components.length > 0 && parseWhiteout(components.at(-1)!) !== undefined) return;
    if (header.type === 'link') return; // the file has them from its first name
    const place = components.length === 0 ? { folder: this.#root, name: '.' } : this.#placeOf(components);
    const isLink = header.type === 'symlink';
    kernel.fchownat(place.folder, place.name, header.uid, header.gid, k.AT_SYMLINK_NOFOLLOW);
    if (!isLink) kernel.fchmodat(place.folder, place.name, header.mode & 0o7777);
    for (const { name, value } of attributesOf(header.pax, header.name)) {
      kernel.lsetxattr(`/proc/self/fd/${place.folder}/${place.name}`, name, value);
    }
    if (header.type === 'directory') this.#times.set(components.join('/'), modified(header));
    else kernel.utimensat(place.folder, place.name, modified(header), modified(header), k.AT_SYMLINK_NOFOLLOW);
  }

  /** After the last entry: the times of folders. */
  settle(): void {
    for (const [path, time] of this.#times) {
      const components = entryComponents(path);
      const place = components.length === 0 ? { folder: this.#root, name: '.' } : this.#placeOf(components);
      // Another entry may have replaced the folder since.
      kernel.utimensat(place.folder, place.name, time, time, k.AT_SYMLINK_NOFOLLOW);
    }
  }

  [Symbol.dispose](): void {
    if (this.#parent !== undefined) kernel.close(this.#parent.folder);
    this.#parent = undefined;
  }

  #placeOf(components: readonly string[]): Place {
    const path = components.slice(0, -1).join('/');
    const name = components.at(-1)!;
    if (path === '') return { folder: this.#root, name };
    if (this.#parent?.path !== path) {
      const folder = this.#openFolder(components.slice(0, -1));
      this[Symbol.dispose]();
      this.#parent = { path, folder };
    }
    return { folder: this.#parent!.folder, name };
  }

  /** Opens a folder of the layer, making those on the way that the tar only implies. A link in the layer stays inside it. */
  #openFolder(components: readonly string[]): number {
    const path = components.join('/');
    try {
      return kernel.openat2(this.#root, path, k.O_DIRECTORY, inRoot);
    } catch (error) {
      if (failedWith(error, 'ENOTDIR', 'ELOOP')) {
        throw new TsdockerError(
          'corrupt',
          `the layer has an entry below ${JSON.stringify(path)}, which is not a folder`,
          { cause: error },
        );
      }
      if (!failedWith(error, 'ENOENT')) throw error;
    }
    const above = components.slice(0, -1);
    const folder = above.length === 0 ? this.#root : this.#openFolder(above);
    try {
      this.#imply({ folder, name: components.at(-1)! }, path);
    } finally {
      if (folder !== this.#root) kernel.close(folder);
    }
    return kernel.openat2(this.#root, path, k.O_DIRECTORY, inRoot);
  }

  /** Makes a folder that has no entry: it is as the nearest layer below has it, or plain. */
  #imply(place: Place, path: string): void {
    removeFile(place);
    kernel.mkdirat(place.folder, place.name, 0o755);
    for (const layer of this.#below) {
      const root = kernel.openat(k.AT_FDCWD, layer, k.O_PATH | k.O_DIRECTORY);
      try {
        const found = kernel.openat2(root, path, k.O_DIRECTORY, k.RESOLVE_IN_ROOT | k.RESOLVE_NO_SYMLINKS);
        const facts = fstatSync(found, { bigint: true });
        kernel.close(found);
        kernel.fchownat(place.folder, place.name, Number(facts.uid), Number(facts.gid), k.AT_SYMLINK_NOFOLLOW);
        kernel.fchmodat(place.folder, place.name, Number(facts.mode) & 0o7777);
        this.#times.set(path, facts.mtimeNs);
        return;
      } catch (error) {
        if (!failedWith(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw error;
      } finally {
        kernel.close(root);
      }
    }
  }

  #make(place: Place, header: Header): number | undefined {
    const { folder, name } = place;
    if (header.type === 'directory') {
      makeFolder(place);
      return undefined;
    }
    const device = header.type === 'character-device' || header.type === 'block-device';
    if (header.type === 'character-device' && header.devmajor === 0 && header.devminor === 0) {
      // To overlayfs this is a whiteout (overlayfs.rst, "whiteouts and opaque directories").
      throw new TsdockerError(
        'corrupt',
        `the layer has the device 0/0 ${JSON.stringify(header.name)}, a whiteout in disguise`,
      );
    }
    if (header.type === 'link') {
      this.#link(place, header);
      return undefined;
    }
    remove(place);
    this.#forgetParent(header);
    if (header.type === 'symlink') kernel.symlinkat(header.linkname ?? '', folder, name);
    else if (header.type === 'fifo') kernel.mknodat(folder, name, k.S_IFIFO | 0o600);
    else if (device) {
      const type = header.type === 'block-device' ? k.S_IFBLK : k.S_IFCHR;
      kernel.mknodat(folder, name, type | 0o600, header.devmajor, header.devminor);
    } else if (header.type === 'file' || header.type === 'contiguous-file' || header.type === null) {
      return kernel.openat(folder, name, k.O_WRONLY | k.O_CREAT | k.O_EXCL | k.O_NOFOLLOW, 0o600);
    } else
      throw new TsdockerError(
        'corrupt',
        `the layer has an entry ${JSON.stringify(header.name)} of the unknown type ${header.type}`,
      );
    return undefined;
  }

  /** A hard link to another entry of the same layer; to one of a layer below it could only be a copy. */
  #link(place: Place, header: Header): void {
    const target = entryComponents(header.linkname ?? '');
    const at = { ...place };
    if (target.length === 0)
      throw new TsdockerError('corrupt', `the layer’s entry ${JSON.stringify(header.name)} links to nothing`);
    const folder = target.length === 1 ? this.#root : this.#openFolder(target.slice(0, -1));
    try {
      if (target.join('/') !== entryComponents(header.name).join('/')) remove(at);
      kernel.linkat(folder, target.at(-1)!, at.folder, at.name);
    } catch (error) {
      if (failedWith(error, 'EEXIST')) return;
      throw new TsdockerError(
        'corrupt',
        `the layer’s entry ${JSON.stringify(header.name)} links to ${JSON.stringify(header.linkname)}, which is not in it`,
        {
          cause: error,
        },
      );
    } finally {
      if (folder !== this.#root) kernel.close(folder);
    }
  }

  /** What was a folder may be something else now: nothing is kept open of it. */
  #forgetParent(header: Header): void {
    const path = entryComponents(header.name).join('/');
    for (const folder of [...this.#times.keys()])
      if (folder === path || folder.startsWith(`${path}/`)) this.#times.delete(folder);
  }
}

function makeFolder(place: Place): void {
  try {
    kernel.mkdirat(place.folder, place.name, 0o700);
  } catch (error) {
    if (!failedWith(error, 'EEXIST')) throw error;
    if (removeFile(place)) kernel.mkdirat(place.folder, place.name, 0o700);
  }
}

function makeOpaque(folder: number): void {
  const path = `/proc/self/fd/${folder}`;
  kernel.lsetxattr(`${path}/.`, 'trusted.overlay.opaque', yes);
  try {
    kernel.lsetxattr(`${path}/.`, 'user.overlay.opaque', yes);
  } catch (error) {
    if (!failedWith(error, 'EOPNOTSUPP')) throw error; // a tmpfs before Linux 6.6 has no user attributes
  }
}

/** Unless the layer itself has something by this name, whichever of the two came first (layer.md, "Whiteouts"). */
function makeWhiteout({ folder, name }: Place): void {
  try {
    kernel.mknodat(folder, name, k.S_IFCHR, 0, 0);
  } catch (error) {
    if (!failedWith(error, 'EEXIST')) throw error;
  }
}

/** Removes what is no folder; true where there is now nothing by this name. */
function removeFile({ folder, name }: Place): boolean {
  try {
    kernel.unlinkat(folder, name);
    return true;
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return true;
    if (failedWith(error, 'EISDIR', 'EPERM')) return false;
    throw error;
  }
}

function remove(place: Place): void {
  if (!removeFile(place)) rmSync(`/proc/self/fd/${place.folder}/${place.name}`, { recursive: true, force: true });
}

// Owner, permissions, attributes and times of what a layer holds: put on a new file, and read from a lower layer.
import { type BigIntStats, fchmodSync } from 'node:fs';
import { TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import { errnoName, failedWith, KernelError } from '../kernel/index.ts';
import { type Attribute, isDispensable, isOverlayAttribute } from './attributes.ts';
import { byteKernel, invokeWithBytes, shown } from './byte-names.ts';
import type { Metadata } from './entry.ts';
import { pathOf } from './places.ts';

/** What an implied directory is where no layer below knows better; the time is fixed so that a layer unpacks the same each time. */
export const impliedDirectory: Metadata = { mode: 0o755, uid: 0, gid: 0, modified: 0n, accessed: 0n, attributes: [] };

/**
 * Of what is not a directory. The order counts: chown(2) clears set-user-ID and security.capability, and all of it
 * changes no time.
 */
export function applyMetadata(folder: number, name: string, metadata: Metadata, isLink: boolean): void {
  byteKernel.fchownat(folder, name, metadata.uid, metadata.gid, k.AT_SYMLINK_NOFOLLOW);
  if (!isLink) byteKernel.fchmodat(folder, name, metadata.mode);
  for (const { name: attribute, value } of metadata.attributes) {
    orDispense(attribute, () => byteKernel.lsetxattr(pathOf(folder, name), attribute, value));
  }
  byteKernel.utimensat(folder, name, metadata.accessed, metadata.modified, k.AT_SYMLINK_NOFOLLOW);
}

/**
 * Of what is held open, and may lie where strangers rename things meanwhile: nothing here goes by a name. Attributes that it has
 * stay; its times change.
 * @param place May be opened with O_PATH.
 */
export function applyToHeld(
  place: number,
  { mode, uid, gid, attributes }: Pick<Metadata, 'mode' | 'uid' | 'gid' | 'attributes'>,
  isLink: boolean,
): void {
  const path = `/proc/self/fd/${place}`;
  byteKernel.fchownat(place, '', uid, gid, 0);
  if (!isLink) byteKernel.fchmodat(k.AT_FDCWD, path, mode);
  for (const { name, value } of attributes) {
    orDispense(name, () => invokeWithBytes('setxattr', path, name, value, value.byteLength, 0));
  }
}

/** Of a directory, in place of what it had; its times come last of all (`applyTimes`). */
export function applyToDirectory(directory: number, metadata: Metadata): void {
  byteKernel.fchownat(directory, '', metadata.uid, metadata.gid, 0);
  fchmodSync(directory, metadata.mode);
  for (const { name } of readAttributes(directory)) invokeWithBytes('fremovexattr', directory, name);
  for (const { name, value } of metadata.attributes) {
    orDispense(name, () => byteKernel.fsetxattr(directory, name, value));
  }
}

export function applyTimes(directory: number, { accessed, modified }: Pick<Metadata, 'accessed' | 'modified'>): void {
  byteKernel.utimensat(k.AT_FDCWD, `/proc/self/fd/${directory}`, accessed, modified, 0);
}

/** Hides what the layers below have in the directory. Both names: the second counts in a mount of a user namespace. */
export function makeOpaque(directory: number): void {
  const yes = new Uint8Array([0x79]); // "y"
  byteKernel.fsetxattr(directory, 'trusted.overlay.opaque', yes);
  orDispense('user.overlay.opaque', () => byteKernel.fsetxattr(directory, 'user.overlay.opaque', yes));
}

export function isOpaque(place: number): boolean {
  const value = new Uint8Array(8);
  try {
    const size = invokeWithBytes(
      'getxattr',
      `/proc/self/fd/${place}`,
      'trusted.overlay.opaque',
      value,
      value.byteLength,
    );
    return size === 1 && value[0] === 0x79;
  } catch (error) {
    if (failedWith(error, 'ENODATA', 'EOPNOTSUPP', 'ERANGE')) return false;
    throw error;
  }
}

/** @param place May be opened with O_PATH. @param facts Of the same place. */
export function readMetadata(place: number, facts: BigIntStats): Metadata {
  return {
    mode: Number(facts.mode) & 0o7777,
    uid: Number(facts.uid),
    gid: Number(facts.gid),
    modified: facts.mtimeNs,
    accessed: facts.atimeNs,
    attributes: readAttributes(place),
  };
}

/** Without overlayfs's own. */
function readAttributes(place: number): Attribute[] {
  const path = `/proc/self/fd/${place}`;
  const memory = Buffer.alloc(65536); // XATTR_LIST_MAX and XATTR_SIZE_MAX
  try {
    const names = memory.toString('latin1', 0, invokeWithBytes('listxattr', path, memory, memory.byteLength));
    return names
      .split('\0')
      .filter((name) => name !== '' && !isOverlayAttribute(name))
      .map((name) => ({
        name,
        value: Uint8Array.from(memory.subarray(0, invokeWithBytes('getxattr', path, name, memory, memory.byteLength))),
      }));
  } catch (error) {
    if (failedWith(error, 'EOPNOTSUPP')) return [];
    throw error;
  }
}

function orDispense(attribute: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    if (isDispensable(attribute, errnoName(error.errno))) return;
    throw new TsdockerError('kernel', `setting the attribute ${shown(attribute)} failed: ${error.message}`, {
      cause: error,
    });
  }
}

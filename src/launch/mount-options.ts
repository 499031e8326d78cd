// Mount options as mount(8) and the runtime specification spell them (config.md, "Linux mount options"), taken apart into
// what the kernel takes separately: attributes, propagation, and options of the file system itself.
import * as k from '../kernel/constants.ts';

export interface MountOptions {
  /** MOUNT_ATTR_ names and bits to set, for mount_setattr(2) and fsmount(2). */
  readonly attributes: readonly (readonly [string, number])[];
  /** Attribute bits to clear. */
  readonly cleared: readonly (readonly [string, number])[];
  /** Whether a bind takes the mounts below its source as well. */
  readonly recursive: boolean;
  readonly propagation: readonly [string, number] | undefined;
  /** Whether propagation applies to the mounts below as well (`rshared`, …). */
  readonly propagationRecursive: boolean;
  /** `key` or `key=value`, for fsconfig(2). */
  readonly data: readonly string[];
}

const attributeOf: ReadonlyMap<string, readonly [string, number]> = new Map<string, readonly [string, number]>([
  ['ro', ['MOUNT_ATTR_RDONLY', k.MOUNT_ATTR_RDONLY]],
  ['nosuid', ['MOUNT_ATTR_NOSUID', k.MOUNT_ATTR_NOSUID]],
  ['nodev', ['MOUNT_ATTR_NODEV', k.MOUNT_ATTR_NODEV]],
  ['noexec', ['MOUNT_ATTR_NOEXEC', k.MOUNT_ATTR_NOEXEC]],
  ['noatime', ['MOUNT_ATTR_NOATIME', k.MOUNT_ATTR_NOATIME]],
  ['strictatime', ['MOUNT_ATTR_STRICTATIME', k.MOUNT_ATTR_STRICTATIME]],
  ['nodiratime', ['MOUNT_ATTR_NODIRATIME', k.MOUNT_ATTR_NODIRATIME]],
  ['nosymfollow', ['MOUNT_ATTR_NOSYMFOLLOW', k.MOUNT_ATTR_NOSYMFOLLOW]],
]);

const clearedBy: ReadonlyMap<string, string> = new Map<string, string>([
  ['rw', 'ro'],
  ['suid', 'nosuid'],
  ['dev', 'nodev'],
  ['exec', 'noexec'],
  ['diratime', 'nodiratime'],
  ['symfollow', 'nosymfollow'],
]);

const propagationOf: ReadonlyMap<string, readonly [string, number]> = new Map<string, readonly [string, number]>([
  ['shared', ['MS_SHARED', k.MS_SHARED]],
  ['slave', ['MS_SLAVE', k.MS_SLAVE]],
  ['private', ['MS_PRIVATE', k.MS_PRIVATE]],
  ['unbindable', ['MS_UNBINDABLE', k.MS_UNBINDABLE]],
]);

const withoutEffect = new Set(['bind', 'rbind', 'relatime', 'defaults', 'async', 'atime']);

const isAtime = ([, bit]: readonly [string, number]): boolean => (bit & k.MOUNT_ATTR__ATIME) !== 0;

export function parseMountOptions(options: readonly string[]): MountOptions {
  const attributes = new Map<string, readonly [string, number]>();
  const cleared = new Map<string, readonly [string, number]>();
  let propagation: MountOptions['propagation'];
  let propagationRecursive = false;
  const data: string[] = [];
  for (const option of options) {
    const attribute = attributeOf.get(option);
    const clears = clearedBy.get(option);
    const spread = propagationOf.get(option.replace(/^r/, ''));
    if (attribute !== undefined) {
      // Ways to keep access times exclude one another: the last one counts.
      if (isAtime(attribute)) for (const [name, other] of attributes) if (isAtime(other)) attributes.delete(name);
      attributes.set(option, attribute);
      cleared.delete(option);
    } else if (clears !== undefined) {
      attributes.delete(clears);
      cleared.set(clears, attributeOf.get(clears)!);
    } else if (spread !== undefined) {
      propagation = spread;
      propagationRecursive = option.startsWith('r');
    } else if (!withoutEffect.has(option)) data.push(option);
  }
  return {
    attributes: [...attributes.values()],
    cleared: [...cleared.values()],
    recursive: options.includes('rbind'),
    propagation,
    propagationRecursive,
    data,
  };
}

// Extended attributes of an entry, from its pax records (image-spec layer.md, "File Attributes"; xattr(7)).
import { TsdockerError } from '../error.ts';
import { bytesOf, shown } from './byte-names.ts';

/** XATTR_NAME_MAX and XATTR_LIST_MAX of the kernel (linux/limits.h), in bytes. */
const longestName = 255;
const largestList = 65_536;
/** One less than XATTR_SIZE_MAX: EROFS keeps the size of a value in 16 bits. */
const largestValue = 65_535;
/** Of one entry, names included. EROFS has room for twice as much beside an inode; ext4 has it for a block. */
const mostBytes = 2 ** 17;

/** As GNU tar and Go write them: the attribute's name behind this, its value as it is. */
const recordPrefix = 'SCHILY.xattr.';

/**
 * ATTACK: overlayfs keeps its own notes in trusted.overlay.* and user.overlay.*: `redirect` gives a directory the contents
 * of another path of the layers below, `metacopy` a file the data of another one, `opaque` and `whiteout` hide files. In a
 * layer from outside they would let it reach what it does not hold (CVE-2023-0386's family).
 */
export function refuseOverlayAttribute(path: string, attribute: string): void {
  if (isOverlayAttribute(attribute)) {
    throw new TsdockerError(
      'corrupt',
      `the entry ${shown(path)} carries overlayfs's own attribute ${shown(attribute)}`,
      {
        hint: 'the layer was made from the inside of an overlay, or is not to be trusted',
      },
    );
  }
}

export const isOverlayAttribute = (name: string): boolean => /^(?:trusted|user)\.overlay\./.test(name);

export interface Attribute {
  /** A byte string. */
  readonly name: string;
  readonly value: Uint8Array;
}

/** One for all files that have none: most do not, and a layer may have a million. */
const none: readonly Attribute[] = [];

/** The attributes that pax records ask for. Throws `corrupt`. */
export function attributesOf(path: string, records: ReadonlyMap<string, string>): readonly Attribute[] {
  const attributes: Attribute[] = [];
  let list = 0;
  let bytes = 0;
  for (const [key, value] of records) {
    if (!key.startsWith(recordPrefix)) continue;
    const name = key.slice(recordPrefix.length);
    refuseOverlayAttribute(path, name);
    refuseUnusable(path, name, value);
    list += name.length + 1;
    bytes += name.length + value.length;
    if (list > largestList || bytes > mostBytes) {
      throw new TsdockerError('corrupt', `the entry ${shown(path)} has more attributes than a file can have`);
    }
    attributes.push({ name, value: bytesOf(value) });
  }
  return attributes.length === 0 ? none : attributes;
}

/**
 * ATTACK: some file systems take what the kernel does not give back, or corrupt themselves over it; a NUL would make another
 * name of one that was looked at above.
 */
function refuseUnusable(path: string, name: string, value: string): void {
  if (name === '' || name.includes('\0') || name.length > longestName) {
    throw new TsdockerError('corrupt', `the entry ${shown(path)} has an attribute whose name cannot be used`);
  }
  if (value.length > largestValue) {
    throw new TsdockerError(
      'corrupt',
      `the attribute ${shown(name)} of the entry ${shown(path)} has more than ${largestValue} bytes`,
    );
  }
}

/**
 * True where an attribute that cannot be set is left out, as other engines do: the file system knows no such attributes, or
 * user.* stands on what is neither file nor directory, where the kernel forbids it (xattr(7)).
 */
export function isDispensable(attribute: string, errno: string): boolean {
  return errno === 'EOPNOTSUPP' || (errno === 'EPERM' && attribute.startsWith('user.'));
}

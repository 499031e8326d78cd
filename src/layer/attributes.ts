// Extended attributes of an entry, from its pax records (image-spec layer.md, "File Attributes"; xattr(7)).
import { TsdockerError } from '../error.ts';
import { bytesOf, shown } from './byte-names.ts';

/** As GNU tar and Go write them: the attribute's name behind this, its value as it is. */
const recordPrefix = 'SCHILY.xattr.';

/**
 * ATTACK: overlayfs keeps its own notes in trusted.overlay.* and user.overlay.*: `redirect` gives a directory the contents
 * of another path of the layers below, `metacopy` a file the data of another one, `opaque` and `whiteout` hide files. In a
 * layer from outside they would let it reach what it does not hold (CVE-2023-0386's family).
 */
export function refuseOverlayAttribute(path: string, attribute: string): void {
  if (/^(?:trusted|user)\.overlay\./.test(attribute)) {
    throw new TsdockerError(
      'corrupt',
      `the entry ${shown(path)} carries overlayfs's own attribute ${shown(attribute)}`,
      {
        hint: 'the layer was made from the inside of an overlay, or is not to be trusted',
      },
    );
  }
}

export interface Attribute {
  /** A byte string. */
  readonly name: string;
  readonly value: Uint8Array;
}

/** The attributes that pax records ask for. Throws `corrupt`. */
export function attributesOf(path: string, records: ReadonlyMap<string, string>): Attribute[] {
  const attributes: Attribute[] = [];
  for (const [key, value] of records) {
    if (!key.startsWith(recordPrefix)) continue;
    const name = key.slice(recordPrefix.length);
    refuseOverlayAttribute(path, name);
    attributes.push({ name, value: bytesOf(value) });
  }
  return attributes;
}

/**
 * True where an attribute that cannot be set is left out, as other engines do: the file system knows no such attributes, or
 * user.* stands on what is neither file nor directory, where the kernel forbids it (xattr(7)).
 */
export function isDispensable(attribute: string, errno: string): boolean {
  return errno === 'EOPNOTSUPP' || (errno === 'EPERM' && attribute.startsWith('user.'));
}

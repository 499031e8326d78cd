// One header block of a tar as a value (POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format").
import { hasRightChecksum, notWhole, numberField, textField } from './fields.ts';

/** Kinds of entries, by their type flag. */
const types: Readonly<Record<string, HeaderType>> = {
  '\0': 'file',
  '0': 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'character-device',
  '4': 'block-device',
  '5': 'directory',
  '6': 'fifo',
  '7': 'file', // contiguous
  x: 'pax',
  g: 'global-pax',
  L: 'gnu-long-name',
  K: 'gnu-long-link',
  S: 'gnu-sparse',
};

export type HeaderType =
  | 'file'
  | 'link'
  | 'symlink'
  | 'character-device'
  | 'block-device'
  | 'directory'
  | 'fifo'
  | 'pax'
  | 'global-pax'
  | 'gnu-long-name'
  | 'gnu-long-link'
  | 'gnu-sparse'
  | 'unknown';

export interface Header {
  /** Byte strings, as all of this room. */
  readonly name: string;
  readonly linkname: string;
  readonly type: HeaderType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes that follow in the archive. */
  readonly size: number;
  /** Seconds since the epoch. */
  readonly mtime: number;
  readonly devmajor: number;
  readonly devminor: number;
}

/** Throws `corrupt` for a block that is no header. @param block 512 bytes. */
export function parseHeader(block: Buffer): Header {
  if (!hasRightChecksum(block)) throw notWhole('the checksum of a header is wrong');
  const name = textField(block, 0, 100);
  const prefix = prefixOf(block);
  const full = prefix === '' ? name : `${prefix}/${name}`;
  const flag = String.fromCharCode(block[156]!);
  const size = numberField(block, 124, 12);
  if (size < 0) throw notWhole('the size of an entry is negative');
  return {
    name: full,
    linkname: textField(block, 157, 100),
    // Before ustar a directory was a file whose name ends with a slash.
    type: flag === '\0' && full.endsWith('/') ? 'directory' : (types[flag] ?? 'unknown'),
    mode: numberField(block, 100, 8),
    uid: numberField(block, 108, 8),
    gid: numberField(block, 116, 8),
    size,
    mtime: numberField(block, 136, 12),
    devmajor: numberField(block, 329, 8),
    devminor: numberField(block, 337, 8),
  };
}

/** The first part of a long name; GNU's headers and star's keep times in a part of that field. */
function prefixOf(block: Buffer): string {
  if (block.toString('latin1', 257, 263) !== 'ustar\0') return '';
  const isStar = block.toString('latin1', 508, 512) === 'tar\0';
  return textField(block, 345, isStar ? 131 : 155);
}

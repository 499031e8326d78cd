// Extended attributes as they follow an inode of an EROFS image (kernel fs/erofs/erofs_fs.h, `struct erofs_xattr_entry`).
import type { Attribute } from '../attributes.ts';
import { attributeHeader, roundUp } from './format.ts';

/** Names that begin so are stored as a number and the rest (EROFS_XATTR_INDEX_*). */
const prefixes: readonly (readonly [string, number])[] = [
  ['user.', 1],
  ['system.posix_acl_access', 2],
  ['system.posix_acl_default', 3],
  ['trusted.', 4],
  ['security.', 6],
];

const entryHeader = 4;

/** The attributes of which an image can tell. Others are left out, as on any file system that knows no such attributes. */
export const storable = (attributes: readonly Attribute[]): Attribute[] =>
  attributes.filter(({ name, value }) => indexOf(name) !== undefined && value.byteLength <= 0xffff);

function indexOf(name: string): { readonly index: number; readonly rest: string } | undefined {
  const found = prefixes.find(([prefix]) => (prefix.endsWith('.') ? name.startsWith(prefix) : name === prefix));
  return found && { index: found[1], rest: name.slice(found[0].length) };
}

/** How many bytes `writeAttributes` writes. @param attributes As `storable` gave them. */
export function attributeBytes(attributes: readonly Attribute[]): number {
  if (attributes.length === 0) return 0;
  return attributes.reduce(
    (total, { name, value }) => total + roundUp(entryHeader + indexOf(name)!.rest.length + value.byteLength, 4),
    attributeHeader,
  );
}

export function writeAttributes(attributes: readonly Attribute[], bytes: Buffer, start: number): void {
  let at = start + attributeHeader;
  for (const { name, value } of attributes) {
    const { index, rest } = indexOf(name)!;
    bytes.writeUInt8(rest.length, at);
    bytes.writeUInt8(index, at + 1);
    bytes.writeUInt16LE(value.byteLength, at + 2);
    bytes.write(rest, at + entryHeader, 'latin1');
    bytes.set(value, at + entryHeader + rest.length);
    at += roundUp(entryHeader + rest.length + value.byteLength, 4);
  }
}

/** Reads what `writeAttributes` wrote. Throws RangeError where a length leads out of `bytes`. */
export function readAttributes(bytes: Buffer): Attribute[] {
  const attributes: Attribute[] = [];
  for (let at = attributeHeader; at + entryHeader <= bytes.byteLength; ) {
    const nameLength = bytes.readUInt8(at);
    const prefix = prefixes.find(([, index]) => index === bytes.readUInt8(at + 1));
    const valueLength = bytes.readUInt16LE(at + 2);
    const valueAt = at + entryHeader + nameLength;
    if (prefix === undefined || valueAt + valueLength > bytes.byteLength) throw new RangeError('a broken attribute');
    const name = prefix[0] + bytes.toString('latin1', at + entryHeader, valueAt);
    attributes.push({ name, value: Uint8Array.from(bytes.subarray(valueAt, valueAt + valueLength)) });
    at += roundUp(entryHeader + nameLength + valueLength, 4);
  }
  return attributes;
}

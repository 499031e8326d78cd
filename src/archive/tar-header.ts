// The header of a tar's entry, byte by byte, for trees of strangers' files: names that are no text, times in nanoseconds, attributes
// (POSIX.1-2017 pax, "ustar Interchange Format" and "pax Extended Header"; attributes as GNU tar and Go write them).
import type { Attribute } from '../layer/attributes.ts';
import { bytesOf } from '../layer/byte-names.ts';

/** What is written of an entry. Names and targets are byte strings. */
export interface TarHeader {
  readonly type: keyof typeof flags;
  readonly name: string;
  /** Of a link. */
  readonly target?: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes that follow. */
  readonly size: number;
  /** Nanoseconds since the epoch. */
  readonly modified: bigint;
  readonly major?: number;
  readonly minor?: number;
  readonly attributes: readonly Attribute[];
}

const flags = {
  file: '0',
  link: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
} as const;

export const blockSize = 512;
const longestField = 100;
const second = 1_000_000_000n;

/** How much is missing to a whole block after `size` bytes. */
export const paddingOf = (size: number): number => (blockSize - (size % blockSize)) % blockSize;

/** One header, and before it another with what this one cannot say. */
export function encodeHeader(header: TarHeader): Uint8Array {
  const records = Buffer.concat(recordsOf(header));
  const plain = encodeBlock(header, flags[header.type]);
  if (records.byteLength === 0) return plain;
  const extension = encodeBlock({ ...header, name: 'PaxHeaders.0', target: '', size: records.byteLength }, 'x');
  return Buffer.concat([extension, records, Buffer.alloc(paddingOf(records.byteLength)), plain]);
}

/** A number has one digit less than its field: the last byte is a NUL. */
const fits = (value: number, length: number): boolean => value >= 0 && value < 8 ** (length - 1);

function recordsOf({ name, target = '', size, uid, gid, modified, attributes }: TarHeader): Buffer[] {
  const records: Buffer[] = [];
  const add = (key: string, value: string): void => {
    records.push(encodeRecord(key, value));
  };
  if (name.length > longestField) add('path', name);
  if (target.length > longestField) add('linkpath', target);
  if (!fits(size, 12)) add('size', String(size));
  if (!fits(uid, 8)) add('uid', String(uid));
  if (!fits(gid, 8)) add('gid', String(gid));
  if (modified % second !== 0n || !fits(Number(modified / second), 12)) add('mtime', timeText(modified));
  for (const { name: attribute, value } of attributes) {
    // A record's name ends at the first "=": GNU tar's way around it.
    add(`SCHILY.xattr.${attribute.replaceAll('=', '%3D')}`, Buffer.from(value).toString('latin1'));
  }
  return records;
}

function timeText(nanoseconds: bigint): string {
  const [sign, amount] = nanoseconds < 0n ? ['-', -nanoseconds] : ['', nanoseconds];
  const fraction = String(amount % second)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${sign}${amount / second}${fraction === '' ? '' : `.${fraction}`}`;
}

/** `27 path=some/long/name\n`: the number counts the whole record, itself included. */
function encodeRecord(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  return bytesOf(`${length}${rest}`);
}

function encodeBlock(header: TarHeader, flag: string): Buffer {
  const { name, target = '', mode, uid, gid, size, modified, major = 0, minor = 0 } = header;
  const block = Buffer.alloc(blockSize);
  const text = (at: number, length: number, value: string): void => {
    block.write(value, at, length, 'latin1');
  };
  // What does not fit stands in a record.
  const number = (at: number, length: number, value: number): void => {
    const shown = fits(value, length) ? value : 0;
    text(at, length, shown.toString(8).padStart(length - 1, '0'));
  };
  text(0, longestField, name);
  number(100, 8, mode);
  number(108, 8, uid);
  number(116, 8, gid);
  number(124, 12, size);
  number(136, 12, Number(modified / second));
  text(156, 1, flag);
  text(157, longestField, target);
  text(257, 8, 'ustar\x0000');
  number(329, 8, major);
  number(337, 8, minor);
  text(148, 8, '        ');
  const sum = block.reduce((total, byte) => total + byte, 0);
  text(148, 8, `${sum.toString(8).padStart(6, '0')}\0 `);
  return block;
}

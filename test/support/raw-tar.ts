// A tar, written byte by byte, so that a test can lie in any field of a header (POSIX.1-2017 pax, "ustar Interchange Format").
export interface RawEntry {
  /** At most 100 bytes: what is longer is cut. */
  readonly name?: string | Uint8Array;
  /** `0` is a file, `1` a hard link, `2` a symbolic link, `3` and `4` devices, `5` a directory, `x` the records of the next entry. */
  readonly type?: string;
  /** Stated sizes, times and numbers: a number is written in octal, bytes and text as they are. */
  readonly size?: RawField;
  readonly mode?: RawField;
  readonly uid?: RawField;
  readonly gid?: RawField;
  readonly modified?: RawField;
  readonly major?: RawField;
  readonly minor?: RawField;
  readonly link?: string | Uint8Array;
  readonly magic?: string;
  readonly checksum?: RawField;
  readonly prefix?: string | Uint8Array;
  /** What follows the header; padded to whole blocks unless `unpadded`. */
  readonly body?: string | Uint8Array;
  readonly unpadded?: boolean;
}

export type RawField = number | string | Uint8Array;

const bytesOf = (text: string | Uint8Array): Uint8Array =>
  typeof text === 'string' ? Buffer.from(text, 'latin1') : text;

/** One header and what follows it. */
export function rawEntry(entry: RawEntry): Buffer {
  const body = bytesOf(entry.body ?? '');
  const header = Buffer.alloc(512);
  const put = (at: number, length: number, value: RawField): void => {
    const bytes = typeof value === 'number' ? `${value.toString(8).padStart(length - 1, '0')}\0` : value;
    Buffer.from(bytesOf(bytes)).copy(header, at, 0, length);
  };
  put(0, 100, entry.name ?? 'file');
  put(100, 8, entry.mode ?? 0o644);
  put(108, 8, entry.uid ?? 0);
  put(116, 8, entry.gid ?? 0);
  put(124, 12, entry.size ?? body.byteLength);
  put(136, 12, entry.modified ?? 0);
  put(156, 1, entry.type ?? '0');
  put(157, 100, entry.link ?? '');
  put(257, 8, entry.magic ?? 'ustar\u000000');
  put(329, 8, entry.major ?? 0);
  put(337, 8, entry.minor ?? 0);
  put(345, 155, entry.prefix ?? '');
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(148, 8, entry.checksum ?? `${sum.toString(8).padStart(6, '0')}\0 `);
  const padding = entry.unpadded === true ? 0 : (512 - (body.byteLength % 512)) % 512;
  return Buffer.concat([header, body, Buffer.alloc(padding)]);
}

/** The two blocks of zeros that end an archive. */
export const tarEnd: Uint8Array = Buffer.alloc(1024);

export const rawTar = (...entries: readonly RawEntry[]): Buffer => Buffer.concat([...entries.map(rawEntry), tarEnd]);

/** A pax record of bytes: the number counts the whole of it. */
export function paxRecord(key: string, value: string | Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`, 'latin1'), bytesOf(value), Buffer.from('\n')]);
  let length = rest.byteLength;
  while (length !== rest.byteLength + String(length).length) length = rest.byteLength + String(length).length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

/** The header that gives the next entry these records. */
export const paxEntry = (records: Readonly<Record<string, string | Uint8Array>>, type = 'x'): RawEntry => ({
  name: 'PaxHeaders/x',
  type,
  body: Buffer.concat(Object.entries(records).map(([key, value]) => paxRecord(key, value))),
});

/** A number as GNU tar writes those that octal digits cannot hold: big-endian two's complement, the first bit set. */
export function base256(value: bigint, length: number): Uint8Array {
  const bytes = Buffer.alloc(length);
  let rest = BigInt.asUintN(length * 8, value);
  for (let at = length - 1; at >= 0; at--) {
    bytes[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  bytes[0]! |= 0x80;
  return bytes;
}

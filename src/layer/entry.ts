// An entry of a layer's tar as a value: everything that its header and its pax records say, checked (image-spec layer.md).
import { TsdockerError } from '../error.ts';
import { type Attribute, attributesOf } from './attributes.ts';
import { shown } from './byte-names.ts';
import { safeName } from './safe-name.ts';
import type { Header } from './tar/header.ts';
import { parsePaxTime } from './tar/pax.ts';
import { refuseHiddenWhiteout } from './whiteout.ts';

export interface Metadata {
  /** Permissions, set-user-ID and the like included; no type. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Nanoseconds since the epoch. */
  readonly modified: bigint;
  readonly accessed: bigint;
  readonly attributes: readonly Attribute[];
}

export type Entry = Metadata & {
  /** Components below the layer's root, byte strings; none for the root itself. */
  readonly path: readonly string[];
} & (
    | { readonly type: 'file' }
    | { readonly type: 'directory' }
    | { readonly type: 'fifo' }
    /** `target` is kept as it is: it means something only inside a container. */
    | { readonly type: 'symlink'; readonly target: string }
    | { readonly type: 'link'; readonly target: readonly string[] }
    | { readonly type: 'character-device'; readonly major: number; readonly minor: number }
    | { readonly type: 'block-device'; readonly major: number; readonly minor: number }
  );

const largestId = 2 ** 32 - 2; // 2^32 - 1 means "leave it" to chown(2)

/** Throws `corrupt` for what no layer may hold. `records` is of byte strings; so are the header's names. */
export function parseEntry(header: Header, records: ReadonlyMap<string, string>): Entry {
  const name = header.name;
  const number = (value: number, most: number, what: string): number => {
    if (Number.isInteger(value) && value >= 0 && value <= most) return value;
    throw new TsdockerError('corrupt', `the entry ${shown(name)} has no usable ${what}`);
  };
  const id = (key: 'uid' | 'gid') => number(Number(records.get(key) ?? header[key]), largestId, key);
  const plain = BigInt(header.mtime) * 1_000_000_000n;
  const modified = records.has('mtime') ? parsePaxTime(records.get('mtime')!) : plain;
  const common = {
    path: safeName(name),
    mode: number(header.mode, 2 ** 32 - 1, 'mode') & 0o7777,
    uid: id('uid'),
    gid: id('gid'),
    modified,
    accessed: records.has('atime') ? parsePaxTime(records.get('atime')!) : modified,
    attributes: attributesOf(name, records),
  };
  const { type } = header;
  if (type !== 'file' && header.size !== 0) refuseContent(name, type);
  switch (type) {
    case 'file':
    case 'directory':
    case 'fifo':
      return { ...common, type };
    case 'symlink':
      return { ...common, type, target: symlinkTarget(name, header.linkname) };
    case 'link':
      return { ...common, type, target: safeName(header.linkname) };
    case 'character-device':
    case 'block-device': {
      const major = number(header.devmajor, 0xfff, 'device number');
      const minor = number(header.devminor, 0xfffff, 'device number');
      refuseHiddenWhiteout(name, type, major, minor);
      return { ...common, type, major, minor };
    }
    default:
      throw new TsdockerError('corrupt', `the entry ${shown(name)} is of a kind that layers do not have`);
  }
}

function symlinkTarget(name: string, target: string): string {
  if (target === '' || target.includes('\0') || target.length > 4095) {
    throw new TsdockerError('corrupt', `the symbolic link ${shown(name)} has no usable target`);
  }
  return target;
}

/**
 * ATTACK: some readers skip the content of such an entry, others read it as the next entries (the tar readers' family of
 * CVE-2025-62518): one archive, two trees.
 */
function refuseContent(name: string, type: string): never {
  throw new TsdockerError('corrupt', `the entry ${shown(name)} has content, which a ${type} cannot have`);
}

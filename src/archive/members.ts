// What lies in an archive of images: its members by name, and where in the tar each one's content is, so that nothing has to be
// unpacked. Reads the tar once, as it comes, with the reader that layers are read with.
import { posix } from 'node:path';
import { TsdockerError } from '../error.ts';
import { bytesOf, shown } from '../layer/byte-names.ts';
import type { Entry } from '../layer/entry.ts';
import { createTarReader } from '../layer/tar/reader.ts';

/** Where a member's content is in the tar: bytes. */
export interface Extent {
  readonly offset: number;
  readonly size: number;
}

type Member = Extent | { readonly target: string };

/** The members of an archive. */
export interface Members {
  /**
   * The content of a member; undefined where there is none. A link is followed once, to a file of the same archive: Docker before
   * version 25 wrote links for layers that it had written before. Throws `corrupt` for a link that leads elsewhere.
   */
  find(name: string): Extent | undefined;
}

/** Many times what an archive of a hundred images has. */
const mostMembers = 20_000;
const longestName = 1024;

/**
 * Reads a tar to its end. Throws `corrupt` for what is no tar, and for members that no archive of images has: what two readers
 * would read differently.
 */
export async function readMembers(tar: AsyncIterable<Uint8Array>): Promise<Members> {
  const members = new Map<string, Member>();
  let piece: Uint8Array = new Uint8Array();
  let position = 0;
  let current: { name: string; offset: number | undefined; size: number } | undefined;

  const add = (name: string, member: Member): void => {
    // ATTACK: one reader takes the first, another the last.
    if (members.has(name)) throw new TsdockerError('corrupt', `the archive has the member ${shown(name)} twice`);
    members.set(name, member);
    if (members.size > mostMembers)
      throw new TsdockerError('corrupt', `the archive has more than ${mostMembers} members`);
  };

  const reader = createTarReader({
    begin(entry) {
      const name = nameOf(entry);
      current = undefined;
      if (entry.type === 'directory') return;
      if (entry.type === 'file') current = { name, offset: undefined, size: 0 };
      else if (entry.type === 'symlink') add(name, { target: linkTarget(name, entry.target) });
      else if (entry.type === 'link') add(name, { target: entry.target.join('/') });
      else throw new TsdockerError('corrupt', `the member ${shown(name)} of the archive is a ${entry.type}`);
    },
    write(content) {
      if (current === undefined) throw new TsdockerError('corrupt', 'a folder of the archive has content');
      // The reader passes on parts of the piece that it was given: where they lie in it says where they lie in the tar.
      current.offset ??= position + content.byteOffset - piece.byteOffset;
      current.size += content.byteLength;
    },
    hole() {
      // ATTACK: a hole of many gigabytes costs a sender nothing, and whoever hashes or copies it a lot.
      throw new TsdockerError('corrupt', `the member ${shown(current?.name ?? '')} of the archive is a sparse file`);
    },
    end() {
      if (current !== undefined) add(current.name, { offset: current.offset ?? 0, size: current.size });
    },
  });

  try {
    for await (piece of tar) {
      reader.write(piece);
      position += piece.byteLength;
    }
    reader.end();
  } catch (error) {
    throw saidOfArchive(error);
  }
  return { find: (name) => find(members, name) };
}

function nameOf({ path }: Entry): string {
  const name = path.join('/');
  if (name.length <= longestName) return name;
  throw new TsdockerError('corrupt', `the archive has a member with a name of ${name.length} bytes`);
}

/** A symbolic link's target as a name of the archive; it need not be there. */
function linkTarget(name: string, target: string): string {
  return posix.normalize(posix.join(posix.dirname(name), bytesOf(target).toString('latin1')));
}

function find(members: ReadonlyMap<string, Member>, name: string): Extent | undefined {
  const wanted = posix.normalize(name);
  const member = members.get(wanted);
  if (member === undefined || !('target' in member)) return member;
  const end = members.get(member.target);
  if (end !== undefined && !('target' in end)) return end;
  throw new TsdockerError('corrupt', `the member ${shown(wanted)} of the archive is a link to no file of it`);
}

/** The reader's words are about layers, which have the same form. */
export function saidOfArchive(error: unknown): unknown {
  if (!(error instanceof TsdockerError) || error.code !== 'corrupt') return error;
  const message = error.message.replace(/\b(?:a layer’s tar|a layer|its layer)(?![\w’])/gu, 'the archive');
  const hint = error.hint?.replace('the image', 'the archive');
  return new TsdockerError(error.code, message, { cause: error, ...(hint === undefined ? {} : { hint }) });
}

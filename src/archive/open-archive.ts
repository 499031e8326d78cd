// An archive of images, opened for reading: a file that is a plain tar is read where it is; one that is compressed, or comes
// through a pipe, is first written to a file without a name (open(2), O_TMPFILE), which is gone with this process.
import type { FileHandle } from 'node:fs/promises';
import { TsdockerError } from '../error.ts';
import { type ArchiveInput, copiedTo, inflated, openNameless, readFile, recognize } from './input.ts';
import { type Extent, type Members, readMembers } from './members.ts';

export interface Archive extends Members, AsyncDisposable {
  /** All of a document. Throws `corrupt` for one of more than `most` bytes. @param title What it is, for messages. */
  read(extent: Extent, most: number, title: string): Promise<Uint8Array>;
  /** The bytes of a member from its byte `from` on. Throws `corrupt` where the file ends early. */
  stream(extent: Extent, from?: number): AsyncGenerator<Uint8Array>;
}

/**
 * Opens an archive: reads it once, to find its members. The caller disposes of it, and then of the input. Throws `corrupt`,
 * `unsupported` for a compression that is not known, and what the input throws.
 * @param folder On the disk, for what has to be kept.
 */
export async function openArchive(input: ArchiveInput, folder: string): Promise<Archive> {
  const { compression, all } = await recognize(input, 'the archive');
  if ('file' in input && compression === 'none') return archiveOf(input.file, await readMembers(all), async () => {});
  const kept = await openNameless(folder);
  try {
    const tar = compression === 'none' ? all : inflated(all, compression);
    return archiveOf(kept, await readMembers(copiedTo(kept, tar)), () => kept.close());
  } catch (error) {
    await kept.close();
    throw error;
  }
}

function archiveOf(file: FileHandle, members: Members, close: () => Promise<void>): Archive {
  const stream: Archive['stream'] = async function* ({ offset, size }, from = 0) {
    let left = size - from;
    for await (const piece of readFile(file, offset + from, left)) {
      left -= piece.byteLength;
      yield piece;
    }
    if (left > 0) throw new TsdockerError('corrupt', 'the archive became shorter while it was read');
  };
  return {
    find: members.find,
    stream,
    async read(extent, most, title) {
      if (extent.size > most)
        throw new TsdockerError('corrupt', `${title} has ${extent.size} bytes, more than the ${most} that are allowed`);
      return Buffer.concat(await Array.fromAsync(stream(extent)));
    },
    [Symbol.asyncDispose]: close,
  };
}

// The blobs of a store, named by what they hold (image-spec image-layout.md, "Blobs"). A blob is written to a file without
// a name (open(2), O_TMPFILE), which gets its name when it is whole and verified: whatever ends us before, nothing is left.
import { createHash } from 'node:crypto';
import { closeSync, createReadStream, fsyncSync, openSync, readFileSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TsdockerError } from '../error.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { digestAlgorithm, digestHex } from '../image/digest.ts';
import { AT_FDCWD, AT_SYMLINK_FOLLOW, O_DIRECTORY, O_TMPFILE, O_WRONLY } from '../kernel/constants.ts';
import { failedWith, kernel } from '../kernel/index.ts';
import { blobPath } from './blob-path.ts';
import type { Store } from './store.ts';

type Described = Pick<Descriptor, 'digest' | 'size'>;

/** True where the store has the blob, whole. */
export function hasBlob(store: Store, { digest, size }: Described): boolean {
  return statSync(blobPath(store, digest), { throwIfNoEntry: false })?.size === size;
}

/** A document of an image. Not for layers: all of it comes at once. */
export function readBlob(store: Store, { digest }: Pick<Descriptor, 'digest'>): Uint8Array {
  return readFileSync(blobPath(store, digest));
}

/** A blob's bytes as they come. Closed when it is read to its end, or left early. */
export function openBlob(store: Store, { digest }: Pick<Descriptor, 'digest'>): AsyncIterable<Uint8Array> {
  return createReadStream(blobPath(store, digest), { highWaterMark: 2 ** 18 });
}

/**
 * Writes a blob, verified against the size and the digest of `described`, durably. Throws `corrupt` for other content, and what
 * `content` throws; then the store is as it was.
 */
export async function writeBlob(
  store: Store,
  described: Described,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  const file = await open(store.paths.tmp, O_WRONLY | O_TMPFILE, 0o644);
  try {
    await writeVerified(file, described, content);
    await file.sync();
    giveName(file.fd, blobPath(store, described.digest));
  } catch (cause) {
    const { syscall, message } = cause as NodeJS.ErrnoException;
    if (cause instanceof TsdockerError || syscall !== 'write') throw cause;
    throw new TsdockerError('kernel', `cannot write the blob ${described.digest}: ${message}`, { cause });
  } finally {
    await file.close();
  }
}

async function writeVerified(
  file: FileHandle,
  { digest, size }: Described,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  const hash = createHash(digestAlgorithm(digest));
  let written = 0;
  for await (const piece of content) {
    written += piece.byteLength;
    // An endless answer must not fill the disk: stop at the first byte too many.
    if (written > size) throw new TsdockerError('corrupt', `the blob ${digest} is larger than its ${size} bytes`);
    hash.update(piece);
    await file.writeFile(piece);
  }
  if (written !== size)
    throw new TsdockerError('corrupt', `the blob ${digest} has ${written} bytes instead of ${size}`);
  const found = hash.digest('hex');
  if (found !== digestHex(digest)) {
    throw new TsdockerError('corrupt', `the blob ${digest} has the digest ${digestAlgorithm(digest)}:${found}`, {
      hint: 'it was damaged on its way, or someone changed it',
    });
  }
}

/** Names the file that `descriptor` holds (open(2), "O_TMPFILE"). Another process may have written the same blob meanwhile. */
function giveName(descriptor: number, path: string): void {
  try {
    kernel.linkat(AT_FDCWD, `/proc/self/fd/${descriptor}`, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
  } catch (error) {
    if (!failedWith(error, 'EEXIST')) throw error;
    return;
  }
  const folder = openSync(dirname(path), O_DIRECTORY);
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

// A blob that is being downloaded. What has come stays when the download is given up or its process is killed, so that the next
// one asks for the rest only; and who wants the same blob meanwhile waits for it instead of fetching it again.
import { closeSync, fstatSync, fsync, fsyncSync, ftruncateSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { TsdockerError } from '../error.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { digestAlgorithm, digestHex } from '../image/digest.ts';
import { O_DIRECTORY } from '../kernel/constants.ts';
import { kernel } from '../kernel/index.ts';
import { blobPath } from './blob-path.ts';
import { lockFile } from './locked-file.ts';
import type { Store } from './store.ts';

export interface PartialBlob extends Disposable {
  readonly path: string;
  /** Bytes that are there. Nobody has checked them. */
  readonly size: number;
  /** Throws `corrupt` for more bytes than the blob has. */
  append(bytes: Uint8Array): void;
  /** Drops what is there. */
  startOver(): void;
  /** Makes it a blob of the store, durably. Only for what has been checked. */
  complete(): Promise<void>;
}

const sync = promisify(fsync);
/** The disk works while more comes, or the sync at the end would wait for all of it. */
const writebackUnit = 2 ** 23;

/** Waits where another process downloads the same: look for the blob afterwards. The caller disposes of the result. */
export async function openPartialBlob(
  store: Store,
  { digest, size: whole }: Pick<Descriptor, 'digest' | 'size'>,
  signal: AbortSignal | undefined,
): Promise<PartialBlob> {
  const path = join(store.paths.download, `${digestAlgorithm(digest)}-${digestHex(digest)}`);
  const file = await lockFile(path, signal);
  const { descriptor } = file;
  let size = fstatSync(descriptor).size;
  let begun = size;
  const startOver = (): void => {
    ftruncateSync(descriptor);
    size = 0;
    begun = 0;
  };
  if (size > whole) startOver();
  return {
    path,
    get size() {
      return size;
    },
    append(bytes) {
      if (size + bytes.byteLength > whole) {
        throw new TsdockerError('corrupt', `the blob ${digest} is larger than its ${whole} bytes`);
      }
      for (let at = 0; at < bytes.byteLength; ) {
        const written = writeAt(descriptor, bytes, at, size, digest);
        at += written;
        size += written;
      }
      if (size - begun < writebackUnit) return;
      kernel.beginWriteback(descriptor, begun, size - begun);
      begun = size;
    },
    startOver,
    async complete() {
      await sync(descriptor);
      const final = blobPath(store, digest);
      renameSync(path, final);
      size = whole;
      syncFolder(dirname(final));
    },
    [Symbol.dispose]() {
      if (size === 0) file.remove();
      file[Symbol.dispose]();
    },
  };
}

function writeAt(file: number, bytes: Uint8Array, from: number, position: number, digest: string): number {
  try {
    return writeSync(file, bytes, from, bytes.byteLength - from, position);
  } catch (cause) {
    throw new TsdockerError('kernel', `cannot write the blob ${digest}: ${(cause as Error).message}`, { cause });
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, O_DIRECTORY);
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

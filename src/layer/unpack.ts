// Unpacks a layer's tar into a folder that overlayfs can take as a layer (image-spec layer.md). The tar is hostile: names are
// checked by entry-name.ts, every place is reached from the layer's root by openat2(RESOLVE_IN_ROOT) and then named by one
// component, and nothing is ever followed at the end of a name.
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeSync } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { TsdockerError } from '../error.ts';
import type { DiffID } from '../image/digest.ts';
import * as k from '../kernel/constants.ts';
import { KernelError, kernel } from '../kernel/index.ts';
import { checkExpansion, decompressorFor } from './decompress.ts';
import { LayerTree } from './tree.ts';

export interface Unpacking {
  readonly mediaType: string;
  /** Bytes of the blob. */
  readonly size: number;
  readonly diffID: DiffID;
  /** The folders of the layers below, the topmost first. */
  readonly below: readonly string[];
}

/**
 * Fills the new folder `target`. On failure the folder is gone again. Throws `corrupt` where the tar is damaged or hostile, or
 * is not the one that `diffID` names.
 */
export async function unpackLayer(
  target: string,
  blob: AsyncIterable<Uint8Array>,
  { mediaType, size, diffID, below }: Unpacking,
): Promise<void> {
  mkdirSync(target, { mode: 0o755 });
  const root = kernel.openat(k.AT_FDCWD, target, k.O_DIRECTORY | k.O_NOFOLLOW);
  try {
    const found = await unpackInto(root, below, blob, mediaType, size);
    if (found !== diffID)
      throw new TsdockerError('corrupt', `a layer’s content has the digest ${found}, not ${diffID} as the image says`);
    kernel.syncfs(root);
  } catch (error) {
    rmSync(target, { recursive: true, force: true });
    throw explain(error);
  } finally {
    kernel.close(root);
  }
}

async function unpackInto(
  root: number,
  below: readonly string[],
  blob: AsyncIterable<Uint8Array>,
  mediaType: string,
  size: number,
): Promise<string> {
  const hash = createHash('sha256');
  let expanded = 0;
  const watch = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      expanded += chunk.byteLength;
      try {
        checkExpansion(size, expanded);
      } catch (error) {
        done(error as Error);
        return;
      }
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const { start, all } = await peek(blob);
  const decompressor = decompressorFor(mediaType, start);
  const entries = extract();
  const feeding = pipeline([Readable.from(all), ...(decompressor === undefined ? [] : [decompressor]), watch, entries]);
  const tree = new LayerTree(root, below);
  try {
    const failed = feeding.then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    for await (const entry of entries) {
      const file = tree.add(entry.header);
      if (file === undefined) entry.resume();
      else await fill(file, entry);
      tree.finish(entry.header);
    }
    const failure = await failed;
    if (failure !== undefined) throw failure.error;
    tree.settle();
  } finally {
    tree[Symbol.dispose]();
  }
  return `sha256:${hash.digest('hex')}`;
}

/** The first bytes of a stream, and the stream with them. */
async function peek(blob: AsyncIterable<Uint8Array>): Promise<{ start: Uint8Array; all: AsyncIterable<Uint8Array> }> {
  const chunks = blob[Symbol.asyncIterator]();
  let start: Uint8Array = new Uint8Array(0);
  while (start.byteLength < 4) {
    const { value, done } = await chunks.next();
    if (done === true) break;
    start = start.byteLength === 0 ? value : Buffer.concat([start, value]);
  }
  return {
    start,
    all: (async function* () {
      yield start;
      yield* { [Symbol.asyncIterator]: () => chunks };
    })(),
  };
}

async function fill(file: number, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of bytes) for (let at = 0; at < chunk.byteLength; ) at += writeSync(file, chunk, at);
  } finally {
    kernel.close(file);
  }
}

/** Errors of zlib and of the tar reader say what is wrong with the bytes, not whose they are. */
function explain(error: unknown): unknown {
  if (error instanceof KernelError || !(error instanceof TsdockerError)) {
    const { message, code } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC')
      return new TsdockerError('kernel', 'there is no space left to unpack a layer', { cause: error });
    return new TsdockerError('corrupt', `a layer cannot be unpacked: ${message}`, { cause: error });
  }
  return error;
}

// The bytes that an archive or a layer comes in: from a regular file, or through a pipe; as they are, and decompressed.
import { type FileHandle, open } from 'node:fs/promises';
import { TsdockerError } from '../error.ts';
import type { Compression } from '../image/media-types.ts';
import { O_RDWR, O_TMPFILE } from '../kernel/constants.ts';
import { compressionOf, decompress } from '../layer/decompress.ts';
import { refuseBomb } from '../layer/growth.ts';
import { saidOfArchive } from './members.ts';
import { refuseOtherCompression } from './refuse-compression.ts';

/** A regular file, or what comes through a pipe. */
export type ArchiveInput = { readonly file: FileHandle } | { readonly pieces: AsyncIterable<Uint8Array> };

const pieceSize = 2 ** 18;

/**
 * What compression the input has, by its first bytes, and all of it. Throws `unsupported` for a compression that is not known.
 * @param title What it is, for messages.
 */
export async function recognize(
  input: ArchiveInput,
  title: string,
): Promise<{ compression: Compression; all: AsyncGenerator<Uint8Array> }> {
  const { head, all } = await peek('file' in input ? readFile(input.file) : input.pieces);
  refuseOtherCompression(head, title);
  return { compression: compressionOf(head), all };
}

/** A file in `folder` that has no name (open(2), O_TMPFILE): it is gone when the caller closes it, or dies. */
export const openNameless = (folder: string): Promise<FileHandle> => open(folder, O_RDWR | O_TMPFILE, 0o600);

/** The bytes of a file from `from` on, `most` of them or as many as there are. */
export async function* readFile(
  file: FileHandle,
  from = 0,
  most = Number.POSITIVE_INFINITY,
): AsyncGenerator<Uint8Array> {
  for (let at = from; at < from + most; ) {
    const wanted = Math.min(pieceSize, from + most - at);
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(wanted), 0, wanted, at);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}

/** The first bytes, as many as tell a compression, and all of them. */
async function peek(pieces: AsyncIterable<Uint8Array>): Promise<{ head: Uint8Array; all: AsyncGenerator<Uint8Array> }> {
  const rest = pieces[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array();
  while (head.byteLength < 6) {
    const next = await rest.next();
    if (next.done === true) break;
    head = head.byteLength === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      yield head;
      for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
    } finally {
      await rest.return?.();
    }
  }
  return { head, all: all() };
}

/**
 * What is in the compressed input. ATTACK: a compression bomb. How large the input is, nobody knows before its end: it may grow
 * by what came so far.
 */
export async function* inflated(
  compressed: AsyncIterable<Uint8Array>,
  compression: Compression,
): AsyncGenerator<Uint8Array> {
  let [came, made] = [0, 0];
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const piece of compressed) {
      came += piece.byteLength;
      yield piece;
    }
  }
  try {
    for await (const piece of decompress(counted(), compression, Number.POSITIVE_INFINITY)) {
      made += piece.byteLength;
      refuseBomb(came, made);
      yield piece;
    }
  } catch (error) {
    throw saidOfArchive(error);
  }
}

/** The pieces, written to the file as well. */
export async function* copiedTo(file: FileHandle, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    try {
      await file.writeFile(piece);
    } catch (cause) {
      throw new TsdockerError('kernel', `cannot keep the archive in the store: ${(cause as Error).message}`, { cause });
    }
    yield piece;
  }
}

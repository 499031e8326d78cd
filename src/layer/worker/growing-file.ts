// A file that another thread is still writing, as a stream of its bytes.
import { closeSync, openSync, read } from 'node:fs';
import { promisify } from 'node:util';

const readInto = promisify(read);
const pieceSize = 2 ** 18;

export interface GrowingFile {
  /** So many bytes are there. */
  grow(bytes: number): void;
  /** The content throws this from now on. */
  abandon(reason: unknown): void;
  /** From the first byte to the last of the file's whole size; one reader at a time. Each piece is overwritten by the next. */
  content(): AsyncIterable<Uint8Array>;
}

/** @param size Of the whole file, in bytes. */
export function openGrowingFile(path: string, size: number): GrowingFile {
  let available = 0;
  let failure: { readonly reason: unknown } | undefined;
  let wake = (): void => {};

  async function* content(): AsyncGenerator<Uint8Array> {
    const file = openSync(path, 'r');
    const memory = Buffer.allocUnsafeSlow(pieceSize);
    try {
      for (let at = 0; ; ) {
        if (failure !== undefined) throw failure.reason;
        if (at >= size) return;
        if (at < available) {
          const { bytesRead } = await readInto(file, memory, 0, Math.min(pieceSize, available - at), at);
          if (bytesRead === 0) return; // shorter than was said: whoever checks the size says so
          at += bytesRead;
          yield memory.subarray(0, bytesRead);
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      closeSync(file);
    }
  }

  return {
    grow(bytes) {
      available = Math.max(available, bytes);
      wake();
    },
    abandon(reason) {
      failure ??= { reason };
      wake();
    },
    content,
  };
}

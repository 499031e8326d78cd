// The input of a process as a web stream, cut into the pieces that a shim takes.
import { WritableStream } from 'node:stream/web';
import { TsdockerError } from '../../error.ts';
import { frameMost } from '../../launch/frames.ts';

/** @param send Sends one piece, at most so many bytes as a frame has room for; an empty one is the end. Throws where nobody takes it. */
export function inputStream(
  takesInput: boolean,
  send: (bytes: Uint8Array) => Promise<void>,
): WritableStream<Uint8Array | string> {
  // The end of the input of a process that has ended is no failure.
  const end = (): Promise<void> => send(new Uint8Array()).catch(() => {});
  return new WritableStream<Uint8Array | string>({
    start(controller) {
      if (takesInput) return;
      controller.error(
        new TsdockerError('conflict', 'the process takes no input', { hint: 'ask for it: { interactive: true }' }),
      );
    },
    async write(chunk) {
      const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
      for (let at = 0; at < bytes.byteLength; at += frameMost) await send(bytes.subarray(at, at + frameMost));
    },
    close: end,
    abort: end,
  });
}

// A conversation with a shim for whoever must not wait: frames come when they come. It loads node:net, which the way of `run`
// and `exec` on the command line does without.
import type { Socket } from 'node:net';
import { readUint32 } from '../kernel/memory.ts';
import { encodeFrame, type Frame, headerSize } from '../launch/frames.ts';

export interface Conversation extends Disposable {
  /** Resolves when the bytes are with the kernel. */
  send(kind: number, content?: Uint8Array | readonly number[]): Promise<void>;
  /** The frames as they come, until the shim has closed the connection; the bytes of a frame are the reader's. */
  readonly frames: AsyncIterable<Frame>;
  /** Whether the connection keeps the process alive, as it does at first. */
  hold(alive: boolean): void;
}

/** @param socket A connection (shim.ts), which belongs to the conversation from here on. */
export async function converse(socket: number): Promise<Conversation> {
  const { Socket: NetSocket } = await import('node:net');
  const connection = new NetSocket({ fd: socket, readable: true, writable: true });
  connection.on('error', () => {}); // the end of the frames says it
  return {
    send: (kind, content) =>
      new Promise((resolve) => {
        if (connection.destroyed) resolve();
        else connection.write(encodeFrame(kind, content), () => resolve());
      }),
    frames: framesOf(connection),
    hold(alive) {
      if (connection.destroyed) return; // it would wait for a connection for ever
      if (alive) connection.ref();
      else connection.unref();
    },
    [Symbol.dispose]: () => connection.destroy(),
  };
}

async function* framesOf(connection: Socket): AsyncGenerator<Frame> {
  let rest: Uint8Array = new Uint8Array();
  try {
    for await (const chunk of connection as AsyncIterable<Buffer>) {
      rest = rest.byteLength === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (;;) {
        const size = rest.byteLength < headerSize ? 0 : readUint32(rest, 4);
        if (rest.byteLength < headerSize + size || rest.byteLength < headerSize) break;
        yield { kind: readUint32(rest, 0), bytes: rest.subarray(headerSize, headerSize + size) };
        rest = rest.subarray(headerSize + size);
      }
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ECONNRESET' && code !== 'EPIPE' && code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}

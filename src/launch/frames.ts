// The frames of a shim's socket as native/frame.h has them: a kind, a length, and so many bytes.
import * as k from '../kernel/constants.ts';
import { kernel } from '../kernel/index.ts';
import { readUint32, structure } from '../kernel/memory.ts';

/** To the shim. */
export const toShim = {
  attach: 1,
  execute: 2,
  input: 3,
  resize: 4,
  signal: 5,
  stop: 6,
  pause: 7,
  policy: 8,
} as const;

/** From the shim. */
export const fromShim = {
  started: 17,
  stdout: 18,
  stderr: 19,
  exited: 20,
  missed: 21,
  credit: 22,
  done: 23,
} as const;

/** What a client wants of a process. */
export const want = { stdin: 1, stdout: 2, stderr: 4, all: 8, terminal: 16 } as const;

/** Bytes that one frame to the shim may carry. */
export const frameMost = 4096;
export const headerSize = 8;

export interface Frame {
  readonly kind: number;
  readonly bytes: Uint8Array;
}

/** @param content The payload: bytes, or numbers of 32 bits. */
export function encodeFrame(kind: number, content: Uint8Array | readonly number[] = []): Uint8Array {
  const payload = content instanceof Uint8Array ? content : structure(...content.map((each) => [4, each] as const));
  const bytes = new Uint8Array(headerSize + payload.byteLength);
  bytes.set(structure([4, kind], [4, payload.byteLength]));
  bytes.set(payload, headerSize);
  return bytes;
}

/** Sends a frame, with a descriptor beside it that stays the caller's too. Throws KernelError EPIPE where the shim is gone. */
export function sendFrame(
  socket: number,
  kind: number,
  content: Uint8Array | readonly number[] = [],
  descriptor?: number,
): void {
  const bytes = encodeFrame(kind, content);
  if (descriptor !== undefined) kernel.sendDescriptor(socket, bytes, descriptor);
  else kernel.send(socket, bytes);
}

/**
 * Waits for the next frame. Undefined where the shim has closed the connection, or after `milliseconds` (-1: never).
 * Throws KernelError.
 */
export function readFrame(socket: number, milliseconds = -1): Frame | undefined {
  if (milliseconds >= 0 && !kernel.poll(socket, k.POLLIN, milliseconds)) return undefined;
  const header = readWhole(socket, headerSize);
  const bytes = header === undefined ? undefined : readWhole(socket, readUint32(header, 4));
  return header === undefined || bytes === undefined ? undefined : { kind: readUint32(header, 0), bytes };
}

function readWhole(socket: number, size: number): Uint8Array | undefined {
  const memory = new Uint8Array(size);
  for (let at = 0; at < size; ) {
    const got = kernel.read(socket, memory.subarray(at));
    if (got === 0) return undefined;
    at += got;
  }
  return memory;
}

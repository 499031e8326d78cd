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
  door: 9,
  shut: 10,
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

/** What a shim serves for its container: native/door.h. */
export const doorKind = { relay: 0, resolver: 1 } as const;

/** Numbers of protocols (RFC 5237). */
const protocolNumber = { tcp: 6, udp: 17 } as const;

export interface Door {
  readonly kind: keyof typeof doorKind;
  readonly protocol: 'tcp' | 'udp';
  /** Where a relay leads to: an address of 4 or 16 bytes, and a port. A resolver has none. */
  readonly target?: { readonly address: Uint8Array; readonly port: number };
}

/**
 * Gives the shim a bound socket, for tcp a listening one, to serve until the container is over; the descriptor stays the caller's too. The shim makes it
 * non-blocking. Not answered: a shim that cannot take it drops the connection. Throws KernelError EPIPE where it is gone.
 */
export function sendDoor(socket: number, { kind, protocol, target }: Door, descriptor: number): void {
  const bytes = new Uint8Array(32);
  const family = target === undefined ? 0 : target.address.byteLength === 4 ? 4 : 6;
  bytes.set(structure([4, doorKind[kind]], [4, protocolNumber[protocol]], [4, family], [4, target?.port ?? 0]));
  if (target !== undefined) bytes.set(target.address, 16);
  sendFrame(socket, toShim.door, bytes, descriptor);
}

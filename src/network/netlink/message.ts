// A netlink message: a head of 16 bytes and a payload, several of them in one datagram (netlink(7); linux/netlink.h, struct nlmsghdr).
import { align } from './attributes.ts';
import { NLM_F_ACK, NLM_F_REQUEST } from './constants.ts';

export interface Message {
  readonly type: number;
  /** NLM_F_ flags; the socket adds NLM_F_REQUEST and, where it wants an answer, NLM_F_ACK. */
  readonly flags: number;
  /** The family's own head (struct ifinfomsg, nfgenmsg, …) and the attributes. */
  readonly payload: Uint8Array;
}

/** A message as it came: with the number of the request that it answers. */
export interface Answer extends Message {
  readonly sequence: number;
}

const headSize = 16;

/** The family's head and the attributes as one payload. @param parts Of which all but the last are multiples of 4 bytes long. */
export function payload(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}

/**
 * One datagram of `messages`, numbered from `sequence` on.
 * @param answered Which of them the kernel shall answer even in success; a failure is always answered.
 */
export function encodeMessages(
  messages: readonly Message[],
  sequence: number,
  answered: (index: number) => boolean = () => false,
): Uint8Array {
  const size = messages.reduce((sum, message) => sum + align(headSize + message.payload.byteLength), 0);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  messages.forEach(({ type, flags, payload }, index) => {
    view.setUint32(at, headSize + payload.byteLength, true);
    view.setUint16(at + 4, type, true);
    view.setUint16(at + 6, flags | NLM_F_REQUEST | (answered(index) ? NLM_F_ACK : 0), true);
    view.setUint32(at + 8, sequence + index, true); // the port at 12 stays 0: the kernel
    bytes.set(payload, at + headSize);
    at += align(headSize + payload.byteLength);
  });
  return bytes;
}

/** The messages of a datagram; stops where a length does not hold. The payloads share memory with `bytes`. */
export function parseMessages(bytes: Uint8Array): Answer[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const messages: Answer[] = [];
  for (let at = 0; at + headSize <= bytes.byteLength; ) {
    const length = view.getUint32(at, true);
    if (length < headSize || length > bytes.byteLength - at) break;
    messages.push({
      type: view.getUint16(at + 4, true),
      flags: view.getUint16(at + 6, true),
      sequence: view.getUint32(at + 8, true),
      payload: bytes.subarray(at + headSize, at + length),
    });
    at += (length + 3) & -4;
  }
  return messages;
}

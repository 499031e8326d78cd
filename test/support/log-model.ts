// What native/log.c has to write, said again in JavaScript: lines and pieces, Docker's escapes, and orders for its test driver.
import { isUtf8 } from 'node:buffer';

const piece = 16_384;
const newline = 10;

/** One order to the driver (native/test/log.c). */
export type Order =
  | { readonly kind: 'stdout' | 'stderr'; readonly bytes: Buffer }
  | { readonly kind: 'end of stdout' | 'end of stderr' | 'a new shim' }
  | { readonly kind: 'removal' | 'clock' | 'answers'; readonly bytes: Buffer };

const kinds = [
  ...['stdout', 'stderr', 'end of stdout', 'end of stderr'],
  ...['a new shim', 'removal', 'clock', 'answers'],
];

export function encodeOrders(orders: readonly Order[]): Buffer {
  return Buffer.concat(
    orders.flatMap((order) => {
      const bytes = 'bytes' in order ? order.bytes : Buffer.alloc(0);
      const header = Buffer.alloc(5);
      header.writeUInt8(kinds.indexOf(order.kind) + 1);
      header.writeUInt32LE(bytes.length, 1);
      return [header, bytes];
    }),
  );
}

/** A line of the log, or a piece of one. */
export interface LogLine {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Buffer;
}

/** The lines that the orders make, in their order. */
export function expectedLines(orders: readonly Order[]): LogLine[] {
  const lines: LogLine[] = [];
  const waiting = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  for (const order of orders) {
    if (order.kind === 'stdout' || order.kind === 'stderr') {
      let bytes = Buffer.concat([waiting[order.kind], order.bytes]);
      for (;;) {
        const size = lineSize(bytes);
        if (size === 0) break;
        lines.push({ stream: order.kind, bytes: bytes.subarray(0, size) });
        bytes = bytes.subarray(size);
      }
      waiting[order.kind] = bytes;
    } else if (order.kind === 'end of stdout' || order.kind === 'end of stderr') {
      const stream = order.kind === 'end of stdout' ? 'stdout' : 'stderr';
      if (waiting[stream].length > 0) lines.push({ stream, bytes: waiting[stream] });
      waiting[stream] = Buffer.alloc(0);
    }
  }
  return lines;
}

/** The size of the line or piece that `bytes` begin with, 0 where it is not complete. */
function lineSize(bytes: Buffer): number {
  const end = bytes.subarray(0, piece).indexOf(newline);
  if (end >= 0) return end + 1;
  if (bytes.length < piece) return 0;
  // The last sequence that begins in the last three bytes goes to the next piece: it may not be whole.
  const back = [1, 2, 3].find((count) => bytes[piece - count]! >= 0xc0);
  return piece - (back ?? 0);
}

/** The text that Go reads in `bytes`: `bad` for each byte that is not part of UTF-8, where TextDecoder takes several for one. */
export function goText(bytes: Buffer, bad = '\ufffd'): string {
  if (isUtf8(bytes)) return bytes.toString();
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at]!;
    const size = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const isRead = at + size <= bytes.length && isUtf8(bytes.subarray(at, at + size));
    text += isRead ? bytes.toString('utf8', at, at + size) : bad;
    at += isRead ? size : 1;
  }
  return text;
}

/** The JSON string that Docker writes for `bytes` (jsonlogbytes.go): what is not UTF-8 stands as an escape. */
export function dockerString(bytes: Buffer): string {
  const known: Record<string, string> = { '\n': '\\n', '\r': '\\r', '"': '\\"', '\\': '\\\\' };
  const escaped = goText(bytes, '\udfff').replace(/[\p{Cc}"\\<>&\u2028\u2029\udfff]/gu, (character) => {
    const code = character.charCodeAt(0);
    if (code === 0xdfff) return '\\ufffd';
    if (code >= 0x7f && code < 0xa0) return character;
    return known[character] ?? `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return `"${escaped}"`;
}

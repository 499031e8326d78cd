// A document of an image that is made here: its bytes, and the descriptor that the other documents know it by (image-spec
// descriptor.md).
import { createHash } from 'node:crypto';
import type { Digest } from '../image/digest.ts';
import type { Document } from '../registry/image-source.ts';

const sha256 = (bytes: Uint8Array): Digest => `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;

export function document(mediaType: string, value: unknown): Document {
  const bytes = Buffer.from(JSON.stringify(value));
  return { descriptor: { mediaType, digest: sha256(bytes), size: bytes.byteLength }, bytes };
}

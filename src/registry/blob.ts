// What is checked of a blob that comes over the wire (image-spec descriptor.md, "Digests": "verified"; RFC 9110, 14.2 Range).
import { createHash } from 'node:crypto';
import type { Descriptor } from '../image/descriptor.ts';
import { digestAlgorithm, digestHex } from '../image/digest.ts';

/** Whether the bytes, all of them, are those of a digest. */
export const hasDigest = (bytes: Uint8Array, digest: Descriptor['digest']): boolean =>
  createHash(digestAlgorithm(digest)).update(bytes).digest('hex') === digestHex(digest);

/**
 * How many bytes of an answer are known already, and are to be skipped: a server may answer a request for the rest with the
 * whole (RFC 9110, 14.2). Undefined where the answer is to something else.
 * @param contentRange The header, which a 206 has.
 */
export function bytesToSkip(status: number, contentRange: string | null, offset: number): number | undefined {
  if (status === 200) return offset;
  const [, start] = /^bytes (\d{1,15})-/.exec(contentRange ?? '') ?? [];
  return status === 206 && start !== undefined && Number(start) === offset && offset > 0 ? 0 : undefined;
}

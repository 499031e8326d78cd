// A blob as it comes over the wire, believed only byte by byte: never more than its descriptor says, and at the end neither
// less nor other bytes (image-spec descriptor.md, "Digests": "verified").
import { createHash } from 'node:crypto';
import { TsdockerError } from '../error.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { digestAlgorithm, digestHex } from '../image/digest.ts';

export interface Verifier {
  /** Bytes so far. */
  readonly received: number;
  /** Throws `corrupt` where the blob gets longer than its descriptor says. */
  add(part: Uint8Array): void;
  /** Throws `corrupt` where the blob was cut short, or is another. */
  end(): void;
}

/** @param what For messages: `the blob sha256:… of alpine, from the registry docker.io,`. */
export function createVerifier(descriptor: Descriptor, what: () => string): Verifier {
  const hash = createHash(digestAlgorithm(descriptor.digest));
  let received = 0;
  return {
    get received() {
      return received;
    },
    add(part) {
      received += part.byteLength;
      if (received > descriptor.size) {
        throw new TsdockerError('corrupt', `${what()} is longer than the ${descriptor.size} bytes it should have`);
      }
      hash.update(part);
    },
    end() {
      if (received < descriptor.size) {
        throw new TsdockerError('corrupt', `${what()} ends after ${received} of ${descriptor.size} bytes`);
      }
      const found = hash.digest('hex');
      if (found === digestHex(descriptor.digest)) return;
      throw new TsdockerError(
        'corrupt',
        `${what()} has the wrong digest ${digestAlgorithm(descriptor.digest)}:${found}`,
        {
          hint: 'it was damaged on the way, or is not what the image names',
        },
      );
    },
  };
}

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

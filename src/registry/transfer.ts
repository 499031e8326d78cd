// One blob, to its last byte: as long as its descriptor says, and taken up where it stopped when the connection is lost
// (distribution-spec, "Pulling blobs"; RFC 9110, 14.2 Range).
import { TsdockerError } from '../error.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { familiarRepository, type Reference } from '../image/reference.ts';
import { bytesToSkip } from './blob.ts';
import { isLostConnection } from './connection-error.ts';
import type { Endpoint } from './endpoint.ts';
import type { Requests } from './requests.ts';
import { pause, type RetryPolicy, retryDelay } from './retry.ts';
import type { Answer } from './transport.ts';

export interface TransferParts {
  readonly requests: Requests;
  /** Makes the request of the first endpoint that grants it. */
  readonly fromFirst: <T>(domain: string, use: (endpoint: Endpoint) => Promise<T>) => Promise<T>;
  /** Told that an endpoint failed amid a transfer; true where `fromFirst` will now use another. */
  readonly giveUp: (endpoint: Endpoint) => boolean;
  /** Told which endpoint the bytes that follow come from. */
  readonly onServed: (endpoint: Endpoint) => void;
  readonly policy: RetryPolicy;
  readonly signal: AbortSignal | undefined;
}

/**
 * Throws `corrupt` where the blob has another size than its descriptor says. Its digest is left to the reader.
 * @param from The first byte that is wanted.
 */
export async function* transferBlob(
  { requests, fromFirst, giveUp, onServed, policy, signal }: TransferParts,
  reference: Reference,
  descriptor: Descriptor,
  from = 0,
): AsyncGenerator<Uint8Array, void> {
  let title = '';
  const what = () => `the blob ${descriptor.digest} of ${familiarRepository(reference)}, from ${title},`;
  let received = from;

  /** Opens the blob at a byte. A server may start before it: then the answer comes with how much is to be skipped. */
  const openAt = async (endpoint: Endpoint, offset: number) => {
    title = endpoint.title;
    const range = offset === 0 ? {} : { range: `bytes=${offset}-` };
    const answer = await requests.fetchObject(endpoint, reference, { kind: 'blob', name: descriptor.digest }, range);
    const skip = bytesToSkip(answer.status, answer.headers.get('content-range'), offset);
    const announced = announcedLength(answer);
    const size = skip === undefined || announced === undefined ? descriptor.size : announced + offset - skip;
    if (skip !== undefined && size === descriptor.size) return { endpoint, answer, skip };
    await answer.discard();
    const why =
      skip === undefined ? 'came in another part than asked for' : `has ${size} bytes, not ${descriptor.size}`;
    throw new TsdockerError('corrupt', `${what()} ${why}`);
  };

  for (let losses = 0; ; ) {
    const offset = received;
    const { endpoint, answer, skip } = await fromFirst(reference.domain, (endpoint) => openAt(endpoint, offset));
    let left = skip;
    onServed(endpoint);
    try {
      for await (const part of answer.body) {
        const fresh = part.subarray(Math.min(left, part.byteLength));
        left -= part.byteLength - fresh.byteLength;
        if (fresh.byteLength === 0) continue;
        received += fresh.byteLength;
        if (received > descriptor.size) {
          throw new TsdockerError('corrupt', `${what()} is longer than the ${descriptor.size} bytes it should have`);
        }
        yield fresh;
      }
      if (received === descriptor.size) return;
      if (giveUp(endpoint)) continue; // what a mirror left out the next may have
      throw new TsdockerError('corrupt', `${what()} ends after ${received} of ${descriptor.size} bytes`);
    } catch (error) {
      const isLost = isLostConnection(error);
      const delay = isLost ? retryDelay(++losses, 'connection lost', null, policy) : undefined;
      if (delay !== undefined) await pause(delay, signal);
      else if (giveUp(endpoint) && isLost) losses = 0;
      else throw error;
    }
  }
}

/** The length that an answer says it has; of a packed one it means something else. */
function announcedLength({ headers }: Answer): number | undefined {
  const length = headers.get('content-length');
  return headers.has('content-encoding') || length === null || !/^\d{1,15}$/.test(length) ? undefined : Number(length);
}

// One blob to a registry (distribution-spec, "Pushing blobs"): left out where it is there, mounted where another repository
// has it, else sent, and taken up where it stopped when the connection is lost.
import type { Descriptor } from '../image/descriptor.ts';
import type { Reference } from '../image/reference.ts';
import { isLostConnection } from './connection-error.ts';
import type { Endpoint } from './endpoint.ts';
import { pushRefusal } from './push-refusal.ts';
import type { Requests } from './requests.ts';
import { type Outcome, pause, type RetryPolicy, retryDelay } from './retry.ts';
import type { Answer } from './transport.ts';
import { bytesHeld, partSize, uploadLocation, withDigest } from './upload-location.ts';

export interface Target {
  readonly requests: Requests;
  readonly endpoint: Endpoint;
  readonly reference: Reference;
  readonly policy: RetryPolicy;
  readonly signal: AbortSignal | undefined;
}

/** The bytes of a blob from one offset up to, not with, another. */
export type OpenPart = (descriptor: Descriptor, from: number, to: number) => AsyncIterable<Uint8Array>;

/** Bytes that are on their way, and whether they go once more. */
type Tell = (current: number, retrying: boolean) => void;

/** An upload that a registry has opened. */
interface Session {
  location: URL;
  part: number | undefined;
}

/** @param from A repository that may hold it. Throws `registry`, and what `open` throws. */
export async function uploadBlob(
  target: Target,
  blob: Descriptor,
  open: OpenPart,
  from: string | undefined,
  tell: Tell,
): Promise<'exists' | 'mounted' | 'pushed'> {
  const { requests, endpoint, reference, policy, signal } = target;
  const base = `${endpoint.origin}/v2/${reference.path}/blobs/`;
  const what = `the blob ${blob.digest}`;
  const ask = (method: string, url: URL, retried = true): Promise<Answer> =>
    requests.send(endpoint, reference.path, { method, url, headers: {} }, retried);

  async function isThere(): Promise<boolean> {
    const answer = await ask('HEAD', new URL(`${base}${blob.digest}`));
    if (answer.status === 401 || answer.status === 403) throw await pushRefusal(target, answer, what);
    await answer.discard();
    return answer.status === 200;
  }

  /** Undefined where the blob was mounted. */
  async function begin(): Promise<Session | undefined> {
    const mount =
      from === undefined ? '' : `?mount=${encodeURIComponent(blob.digest)}&from=${encodeURIComponent(from)}`;
    let answer = await ask('POST', new URL(`${base}uploads/${mount}`));
    if (from !== undefined && answer.status >= 400 && answer.status !== 429) {
      // Not every registry knows mounting, and not everybody may read the other repository.
      await answer.discard();
      answer = await ask('POST', new URL(`${base}uploads/`));
    }
    if (answer.status === 201 && from !== undefined) {
      await answer.discard();
      return undefined;
    }
    if (answer.status !== 202) throw await pushRefusal(target, answer, what);
    await answer.discard();
    const location = uploadLocation(answer.url, answer.headers.get('location'), endpoint.title);
    return { location, part: partSize(answer.headers.get('oci-chunk-min-length'), blob.size) };
  }

  /** Counts what is taken of a part. */
  async function* counted(start: number, end: number, retrying: boolean): AsyncGenerator<Uint8Array, void> {
    let current = start;
    for await (const piece of open(blob, start, end)) {
      yield piece;
      current += piece.byteLength;
      tell(current, retrying);
    }
  }

  function sendPart(method: string, url: URL, start: number, end: number, whole: boolean, retrying: boolean) {
    const headers = {
      'content-type': 'application/octet-stream',
      ...(!whole && end > start && { 'content-range': `${start}-${end - 1}` }),
    };
    const body = end > start ? { body: counted(start, end, retrying), contentLength: end - start } : {};
    return requests.send(endpoint, reference.path, { method, url, headers, ...body }, false);
  }

  /** Sends what is missing. The answer is the last, or the first that is no success. */
  async function sendFrom(session: Session, offset: number, retrying: boolean): Promise<Answer> {
    const atOnce = session.part === undefined && offset === 0;
    const step = session.part ?? blob.size;
    for (let start = offset; !atOnce && start < blob.size; ) {
      const end = Math.min(start + step, blob.size);
      const answer = await sendPart('PATCH', session.location, start, end, false, retrying);
      if (answer.status !== 202) return answer;
      await answer.discard();
      session.location = uploadLocation(answer.url, answer.headers.get('location'), endpoint.title);
      start = end;
    }
    const last = withDigest(session.location, blob.digest);
    return sendPart('PUT', last, atOnce ? 0 : blob.size, blob.size, true, retrying);
  }

  /** How much of an interrupted upload the registry has; undefined where it is to be begun anew. */
  async function resumeAt(session: Session): Promise<number | undefined> {
    const answer = await ask('GET', session.location);
    await answer.discard();
    if (answer.status !== 204) return undefined;
    const location = answer.headers.get('location');
    if (location !== null) session.location = uploadLocation(answer.url, location, endpoint.title);
    return bytesHeld(answer.headers.get('range'), blob.size);
  }

  if (await isThere()) return 'exists';
  let session = await begin();
  if (session === undefined) return 'mounted';
  let offset = 0;
  for (let tries = 1; ; tries++) {
    let answer: Answer | undefined;
    let outcome: Outcome = 'connection lost';
    let lost: unknown;
    try {
      answer = await sendFrom(session, offset, tries > 1);
      outcome = answer.status;
    } catch (error) {
      if (!isLostConnection(error)) throw error;
      lost = error;
    }
    if (answer !== undefined && outcome === 201) {
      await answer.discard();
      return 'pushed';
    }
    // A session that ran out, a part at the wrong place, and a token that ended amid it are mended by looking where we stand.
    const mendable = outcome === 401 || outcome === 404 || outcome === 416;
    const delay = retryDelay(
      tries,
      mendable && tries === 1 ? 503 : outcome,
      answer?.headers.get('retry-after'),
      policy,
    );
    if (delay === undefined) {
      if (answer === undefined) throw lost;
      throw await pushRefusal(target, answer, what);
    }
    await answer?.discard();
    await pause(delay, signal);
    const held: number | undefined = await resumeAt(session);
    if (held !== undefined) {
      offset = held;
      continue;
    }
    // The last answer may be what was lost, and the blob be there.
    if (await isThere()) return 'pushed';
    session = await begin();
    if (session === undefined) return 'mounted';
    offset = 0;
  }
}

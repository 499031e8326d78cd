// One GET, by the built-in fetch: redirects followed by hand, a limit on standing still, every failure in our words. What
// stands above decides on retries and credentials.

import { TsdockerError } from '../error.ts';
import { connectionError, stalled } from './connection-error.ts';
import { followRedirect, isRedirect, type Request } from './redirect.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** It came from another origin than the one asked. */
  readonly elsewhere: boolean;
  /** Once. Leaving early ends the transfer. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Lets go of the connection without reading. */
  discard(): Promise<void>;
}

export interface Transport {
  /**
   * Throws `registry` where no answer comes, and the signal's reason when it is aborted.
   * @param title Who is asked, for messages.
   */
  get(request: Request, title: string): Promise<Answer>;
}

/** @param idleLimit Milliseconds without a byte after which a transfer counts as lost. */
export function createTransport(idleLimit: number, signal: AbortSignal | undefined): Transport {
  return {
    async get(first, title) {
      let request = first;
      for (let followed = 0; ; followed++) {
        const answer = await getOnce(request, first.url.origin, title, idleLimit, signal);
        if (!isRedirect(answer.status)) return answer;
        await answer.discard();
        request = followRedirect(request, answer.headers.get('location'), followed, title);
      }
    },
  };
}

async function getOnce(
  { url, headers }: Request,
  firstOrigin: string,
  title: string,
  idleLimit: number,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  signal?.throwIfAborted();
  const stall = new AbortController();
  const watched = async <T>(step: () => Promise<T>): Promise<T> => {
    const timer = setTimeout(() => stall.abort(Object.assign(new Error(stalled), { code: stalled })), idleLimit);
    try {
      return await step();
    } catch (error) {
      signal?.throwIfAborted();
      throw connectionError(url.origin === firstOrigin ? title : `${url.host}, where ${title} redirects to,`, error);
    } finally {
      clearTimeout(timer);
    }
  };
  const response = await watched(() =>
    fetch(url, {
      redirect: 'manual',
      // A registry's bytes are hashed as they are sent: nothing in between is to pack or unpack them.
      headers: { 'user-agent': 'tsdocker', 'accept-encoding': 'identity', ...headers },
      signal: signal === undefined ? stall.signal : AbortSignal.any([signal, stall.signal]),
    }),
  );
  return {
    status: response.status,
    headers: response.headers,
    elsewhere: url.origin !== firstOrigin,
    body: readBody(response, watched),
    discard: async () => {
      await response.body?.cancel().catch(() => undefined);
    },
  };
}

async function* readBody(
  response: Response,
  watched: <T>(step: () => Promise<T>) => Promise<T>,
): AsyncGenerator<Uint8Array, void> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await watched(() => reader.read());
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** The whole body. Throws `corrupt` as soon as it has more bytes than the limit. @param what For the message. */
export async function readWhole(answer: Answer, limit: number, what: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of answer.body) {
    length += part.byteLength;
    if (length > limit) throw new TsdockerError('corrupt', `${what} has more than the ${limit} bytes that are allowed`);
    parts.push(part);
  }
  return Buffer.concat(parts, length);
}

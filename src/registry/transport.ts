// One request with its redirects, followed by hand, and every failure in our words. What stands above decides on retries and
// credentials; what stands below (exchange.ts, agents.ts) moves the bytes.
import type { IncomingMessage } from 'node:http';
import { TsdockerError } from '../error.ts';
import { type AgentOptions, createAgents } from './agents.ts';
import { connectionError } from './connection-error.ts';
import { exchange, SourceError } from './exchange.ts';
import { followRedirect, isRedirect, type Request } from './redirect.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Pick<Headers, 'get' | 'has'>;
  /** It came from another origin than the one asked. */
  readonly elsewhere: boolean;
  /** Where it came from: what a relative Location refers to. */
  readonly url: URL;
  /** Once. Leaving early ends the transfer. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Lets go of the connection without reading. */
  discard(): Promise<void>;
}

export interface Transport {
  /**
   * Throws `registry` where no answer comes, the signal's reason when it is aborted, and what the body's source throws.
   * @param title Who is asked, for messages.
   */
  send(request: Request, title: string): Promise<Answer>;
  /** `send` with the method GET. */
  get(request: Pick<Request, 'url' | 'headers'>, title: string): Promise<Answer>;
}

/** @param idleLimit Milliseconds without a byte after which a transfer counts as lost. */
export function createTransport(
  idleLimit: number,
  signal: AbortSignal | undefined,
  options: AgentOptions = {},
): Transport {
  const agents = createAgents(options);

  async function sendOnce(request: Request, firstOrigin: string, title: string): Promise<Answer> {
    signal?.throwIfAborted();
    const { url } = request;
    const elsewhere = url.origin !== firstOrigin;
    const translate = (error: unknown): never => {
      signal?.throwIfAborted();
      if (error instanceof TsdockerError) throw error;
      if (error instanceof SourceError) throw error.cause;
      const who = elsewhere ? `${url.host}, where ${title} redirects to,` : title;
      throw connectionError(who, error, agents.proxyHost(url));
    };
    const { response, body, discard } = await exchange(request, { agents, idleLimit, signal }).catch(translate);
    return {
      status: response.statusCode ?? 0,
      headers: headersOf(response),
      elsewhere,
      url,
      body: translated(body, translate),
      discard: async () => discard(),
    };
  }

  async function send(first: Request, title: string): Promise<Answer> {
    let request = first;
    for (let followed = 0; ; followed++) {
      const answer = await sendOnce(request, first.url.origin, title);
      if (!isRedirect(answer.status)) return answer;
      await answer.discard();
      request = followRedirect(request, answer.headers.get('location'), followed, title, answer.status);
    }
  }

  return { send, get: ({ url, headers }, title) => send({ url, headers }, title) };
}

function headersOf({ headers }: IncomingMessage): Answer['headers'] {
  const get = (name: string): string | null => {
    const value = headers[name.toLowerCase()];
    return (Array.isArray(value) ? value.join(', ') : value) ?? null;
  };
  return { get, has: (name) => get(name) !== null };
}

async function* translated(
  body: AsyncIterable<Uint8Array>,
  translate: (error: unknown) => never,
): AsyncGenerator<Uint8Array, void> {
  const pieces = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await pieces.next().catch(translate);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await pieces.return?.();
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

// One request and its answer over node:http or node:https: no redirects, no retries, no credentials. A big body flows at the
// pace of who takes it, in both directions, and whatever stands still for too long is lost (RFC 9112, 9 "Connection Management").
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Agents } from './agents.ts';
import { stalled } from './connection-error.ts';
import type { Request } from './redirect.ts';

export interface ExchangeOptions {
  readonly agents: Agents;
  /** Milliseconds without a byte after which a transfer counts as lost. */
  readonly idleLimit: number;
  readonly signal: AbortSignal | undefined;
}

/** The answer's head, and its body to be read once or let go. */
export interface Exchange {
  readonly response: IncomingMessage;
  /** Throws what the connection does. */
  readonly body: AsyncIterable<Uint8Array>;
  discard(): void;
}

/** An answer of no more bytes is read to its end, which leaves the connection to the next request. */
const worthDraining = 2 ** 14;
/** Milliseconds that draining may take. */
const drainLimit = 1000;

/** The error of whoever makes the body of a request; no fault of the connection. */
export class SourceError extends Error {}

/** Throws what node:http throws, `SourceError` where the body's source failed, and the signal's reason. */
export async function exchange(request: Request, options: ExchangeOptions): Promise<Exchange> {
  for (let again = false; ; again = true) {
    const attempt = start(request, options);
    try {
      return await attempt.answer;
    } catch (error) {
      // RACE: a server may close an idle connection just as we use it again (RFC 9112, 9.3.1); it has seen nothing of this.
      const { code } = error as NodeJS.ErrnoException;
      const closed = attempt.outgoing.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE');
      if (again || !closed || !isRepeatable(request) || options.signal?.aborted === true) throw error;
    }
  }
}

const isRepeatable = ({ method, body }: Request): boolean =>
  (method === undefined || method === 'GET' || method === 'HEAD' || method === 'PUT') &&
  (body === undefined || body instanceof Uint8Array);

function start(request: Request, { agents, idleLimit, signal }: ExchangeOptions) {
  const { url, headers, method = 'GET', body, contentLength } = request;
  const length = body instanceof Uint8Array ? body.byteLength : contentLength;
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const outgoing = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
    method,
    agent: agents.for(url),
    // A registry's bytes are hashed as they are sent: nothing in between is to pack or unpack them.
    headers: {
      'user-agent': 'tsdocker',
      'accept-encoding': 'identity',
      ...(hasBody && (body === undefined || length !== undefined) && { 'content-length': String(length ?? 0) }),
      ...headers,
    },
    ...(signal !== undefined && { signal }),
  });
  const timer = setTimeout(() => outgoing.destroy(stallError()), idleLimit);
  const answer = new Promise<Exchange>((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.once('response', (response) => {
      // An answer that came before the whole body was sent leaves a connection that is of no more use.
      const cut = !outgoing.writableEnded;
      response.once('close', () => cut && outgoing.destroy());
      resolve(answerOf(response, method, idleLimit));
    });
    outgoing.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
    if (body === undefined || body instanceof Uint8Array) outgoing.end(body);
    else void pump(outgoing, body, timer).catch((cause) => outgoing.destroy(new SourceError('no body', { cause })));
  });
  return { outgoing, answer: answer.finally(() => clearTimeout(timer)) };
}

const stallError = (): Error => Object.assign(new Error(stalled), { code: stalled });

/** Sends a body as fast as it is taken. An answer that comes before its end, such as a refusal, ends it. */
async function pump(outgoing: ClientRequest, body: AsyncIterable<Uint8Array>, timer: NodeJS.Timeout): Promise<void> {
  let wake = (): void => {};
  let over = false;
  const end = (): void => {
    over = true;
    wake();
  };
  outgoing
    .on('drain', () => wake())
    .once('close', end)
    .once('response', end);
  for await (const piece of body) {
    if (over) return;
    if (outgoing.write(piece)) continue;
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (over || !outgoing.writableNeedDrain) resolve();
    });
    timer.refresh();
  }
  if (!over) outgoing.end();
}

function answerOf(response: IncomingMessage, method: string, idleLimit: number): Exchange {
  return {
    response,
    body: readBody(response, idleLimit),
    discard() {
      const length = Number(response.headers['content-length'] ?? Number.NaN);
      if (method !== 'HEAD' && response.statusCode !== 204 && !(length <= worthDraining)) response.destroy();
      else {
        const limit = setTimeout(() => response.destroy(), drainLimit).unref();
        response.once('close', () => clearTimeout(limit)).resume();
      }
    },
  };
}

async function* readBody(response: IncomingMessage, idleLimit: number): AsyncGenerator<Uint8Array, void> {
  const pieces: AsyncIterator<Uint8Array> = response[Symbol.asyncIterator]();
  try {
    for (;;) {
      // Only while we wait: who reads slowly does not lose the transfer by it.
      const timer = setTimeout(() => response.destroy(stallError()), idleLimit);
      const next = await pieces.next().finally(() => clearTimeout(timer));
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    response.destroy();
  }
}

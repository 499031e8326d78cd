// The pull side of the distribution-spec: manifests and blobs of a repository, from the first of its endpoints that has them.
// Joins the parts of this folder; what they decide, it does.
import { createHash } from 'node:crypto';
import { TsdockerError } from '../error.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { type Digest, digestAlgorithm, parseDigest } from '../image/digest.ts';
import { largestManifest } from '../image/manifest.ts';
import { mediaTypes } from '../image/media-types.ts';
import { familiarRepository, type Reference } from '../image/reference.ts';
import { type CredentialsByRegistry, createAuthenticator } from './auth.ts';
import { bytesToSkip, createVerifier, hasDigest } from './blob.ts';
import type { RegistryConfiguration } from './configuration.ts';
import { isLostConnection, isUnreachable } from './connection-error.ts';
import { type Endpoint, endpointsOf } from './endpoint.ts';
import { type Asked, parseComplaints, refusalError } from './registry-error.ts';
import { defaultRetryPolicy, pause, type RetryPolicy, retryDelay, withRetries } from './retry.ts';
import { type Answer, createTransport, readWhole } from './transport.ts';

export interface RegistryClientOptions {
  readonly configuration: RegistryConfiguration;
  readonly credentials?: CredentialsByRegistry;
  /** Ends whatever is under way; its reason is thrown. */
  readonly signal?: AbortSignal;
  readonly retry?: Partial<RetryPolicy>;
  /** Milliseconds without a byte after which a transfer counts as lost; a minute unless told. */
  readonly idleLimit?: number;
}

/** A document whose bytes match its descriptor. */
export interface Document {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

export interface RegistryClient {
  /**
   * Fetches a manifest or an index of the reference's repository; of which kind it is, the descriptor's media type tells, as
   * sent. Throws `notFound`, `registry` or `corrupt`.
   * @param name A tag, or a digest, against which the bytes are then checked.
   * @param expected The descriptor that named it, whose size must be right too.
   */
  fetchManifest(reference: Reference, name: string, expected?: Descriptor): Promise<Document>;
  /**
   * A blob of the reference's repository, as sent. Only one who has read to the end without a throw may trust a byte. Leaving
   * early ends the transfer. Throws as `fetchManifest` does.
   */
  openBlob(reference: Reference, descriptor: Descriptor): AsyncIterable<Uint8Array>;
}

const accept = [mediaTypes.ociManifest, mediaTypes.ociIndex, mediaTypes.dockerManifest, mediaTypes.dockerList].join(
  ', ',
);
/** Of a refusal's body, as much as is worth reading. */
const largestComplaint = 64 * 2 ** 10;

/** One client for one pull: what it learns (tokens, endpoints that are down) it forgets with it. */
export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const { configuration, credentials = {}, signal } = options;
  const policy = { ...defaultRetryPolicy, ...options.retry };
  const transport = createTransport(options.idleLimit ?? 60_000, signal);
  const authenticator = createAuthenticator(credentials, get);
  /** Origins that did not answer: not asked again while there is another. */
  const down = new Set<string>();

  function get(url: URL, headers: Record<string, string>, title: string): Promise<Answer> {
    return withRetries<Answer>(
      async () => {
        try {
          const answer = await transport.get({ url, headers }, title);
          const retryAfter = answer.headers.get('retry-after');
          return { outcome: answer.status, retryAfter, settle: () => answer, discard: answer.discard };
        } catch (error) {
          if (!isLostConnection(error)) throw error;
          return {
            outcome: 'connection lost',
            settle: () => {
              throw error;
            },
          };
        }
      },
      policy,
      signal,
    );
  }

  /** Asks with the credentials that the registry wants. Its answer may be a refusal. */
  async function ask(endpoint: Endpoint, repository: string, path: string, headers: Record<string, string>) {
    const url = new URL(`${endpoint.origin}/v2/${repository}/${path}`);
    const sent = authenticator.known(endpoint, repository);
    const answer = await get(url, { ...headers, ...(sent && { authorization: sent }) }, endpoint.title);
    const challenge = answer.headers.get('www-authenticate');
    // A challenge from where a redirect led is not the registry's.
    if (answer.status !== 401 || answer.elsewhere || challenge === null) return answer;
    await answer.discard();
    const authorization = await authenticator.answer(endpoint, repository, challenge, sent);
    return authorization === undefined ? answer : get(url, { ...headers, authorization }, endpoint.title);
  }

  async function refusal(asked: Asked, endpoint: Endpoint, answer: Answer): Promise<TsdockerError> {
    const complaintsOf = async (refused: Answer) => {
      const body = await readWhole(refused, largestComplaint, 'the refusal').catch(() => Buffer.alloc(0));
      signal?.throwIfAborted();
      return parseComplaints(Buffer.from(body).toString('utf8'));
    };
    const complaints = await complaintsOf(answer);
    if (answer.status === 404 && asked.object.kind === 'manifest') {
      // A registry says «manifest unknown» of an unknown repository too; its list of tags tells them apart.
      const tags = await ask(endpoint, asked.reference.path, 'tags/list?n=1', {}).catch(() => undefined);
      if (tags?.status === 404) complaints.push(...(await complaintsOf(tags)));
      else await tags?.discard();
    }
    return refusalError(asked, answer.status, complaints, answer.headers.get('retry-after'));
  }

  /** Asks and takes only a success. Throws what the refusal means. */
  async function fetchObject(
    endpoint: Endpoint,
    reference: Reference,
    object: Asked['object'],
    headers: Record<string, string>,
  ) {
    const answer = await ask(endpoint, reference.path, `${object.kind}s/${object.name}`, headers);
    if (answer.status === 200 || answer.status === 206) return answer;
    const authenticated = Object.hasOwn(credentials, endpoint.name);
    throw await refusal({ reference, title: endpoint.title, object, authenticated }, endpoint, answer);
  }

  /** Tries the mirrors, then the registry; a mirror's failure counts only in the hint of the registry's. */
  async function fromFirst<T>(domain: string, use: (endpoint: Endpoint) => Promise<T>): Promise<T> {
    const endpoints = endpointsOf(domain, configuration);
    const registry = endpoints.pop()!;
    const failures: string[] = [];
    for (const mirror of endpoints.filter(({ origin }) => !down.has(origin))) {
      try {
        return await use(mirror);
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof TsdockerError)) throw error;
        if (isUnreachable(error)) down.add(mirror.origin);
        failures.push(error.message);
      }
    }
    try {
      return await use(registry);
    } catch (error) {
      throw error instanceof TsdockerError && failures.length > 0 ? afterMirrors(error, failures) : error;
    }
  }

  async function* openBlob(reference: Reference, descriptor: Descriptor): AsyncGenerator<Uint8Array, void> {
    let title = '';
    const what = () => `the blob ${descriptor.digest} of ${familiarRepository(reference)}, from ${title},`;
    const verifier = createVerifier(descriptor, what);
    for (let attempt = 1; ; attempt++) {
      const offset = verifier.received;
      const { answer, skip } = await fromFirst(reference.domain, async (endpoint) => {
        title = endpoint.title;
        const range = offset === 0 ? {} : { range: `bytes=${offset}-` };
        const opened = await fetchObject(endpoint, reference, { kind: 'blob', name: descriptor.digest }, range);
        const known = bytesToSkip(opened.status, opened.headers.get('content-range'), offset);
        const announced = announcedLength(opened);
        const whole = known === undefined || announced === undefined ? descriptor.size : announced + offset - known;
        if (known !== undefined && whole === descriptor.size) return { answer: opened, skip: known };
        await opened.discard();
        const why =
          known === undefined ? 'came in another part than asked for' : `has ${whole} bytes, not ${descriptor.size}`;
        throw new TsdockerError('corrupt', `${what()} ${why}`);
      });
      try {
        let left = skip;
        for await (const part of answer.body) {
          const fresh = part.subarray(Math.min(left, part.byteLength));
          left -= part.byteLength - fresh.byteLength;
          if (fresh.byteLength === 0) continue;
          verifier.add(fresh);
          yield fresh;
        }
        return verifier.end();
      } catch (error) {
        const delay = isLostConnection(error) ? retryDelay(attempt, 'connection lost', null, policy) : undefined;
        if (delay === undefined) throw error;
        await pause(delay, signal);
      }
    }
  }

  return {
    openBlob,
    fetchManifest: (reference, name, expected) =>
      fromFirst(reference.domain, async (endpoint) => {
        const answer = await fetchObject(endpoint, reference, { kind: 'manifest', name }, { accept });
        const what = `the manifest ${name} of ${familiarRepository(reference)}, from ${endpoint.title},`;
        const bytes = await readWhole(answer, largestManifest, what);
        const digest = checkManifest(bytes, name, answer.headers.get('docker-content-digest'), expected, what);
        const mediaType = answer.headers.get('content-type')?.split(';')[0]?.trim() ?? '';
        return { descriptor: { mediaType, digest, size: bytes.byteLength }, bytes };
      }),
  };
}

/** The length that an answer says it has; of a packed one it means something else. */
function announcedLength({ headers }: Answer): number | undefined {
  const length = headers.get('content-length');
  return headers.has('content-encoding') || length === null || !/^\d{1,15}$/.test(length) ? undefined : Number(length);
}

/** The digest of the bytes, once everything that was said of it agrees. Throws `corrupt`. */
function checkManifest(
  bytes: Uint8Array,
  name: string,
  header: string | null,
  expected: Descriptor | undefined,
  what: string,
): Digest {
  if (expected !== undefined && expected.size !== bytes.byteLength) {
    throw new TsdockerError('corrupt', `${what} has ${bytes.byteLength} bytes, not ${expected.size}`);
  }
  const asked = name.includes(':') ? parseDigest(name) : undefined;
  const stated = header === null ? undefined : statedDigest(header, what);
  for (const digest of [asked, stated]) {
    if (digest !== undefined && !hasDigest(bytes, digest)) {
      throw new TsdockerError('corrupt', `${what} has another digest than ${digest}`, {
        hint: 'it was damaged on the way, or is not what was asked for',
      });
    }
  }
  const sha256 = `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;
  return asked ?? (stated !== undefined && digestAlgorithm(stated) === 'sha512' ? stated : sha256);
}

function statedDigest(header: string, what: string): Digest {
  try {
    return parseDigest(header);
  } catch (cause) {
    throw new TsdockerError('corrupt', `${what} came with a digest that is none`, { cause });
  }
}

function afterMirrors(error: TsdockerError, failures: readonly string[]): TsdockerError {
  const hint = [error.hint, ...failures.map((failure) => `before that, ${failure}`)].filter(
    (part) => part !== undefined,
  );
  return new TsdockerError(error.code, error.message, { cause: error, hint: hint.join('; '), details: error.details });
}

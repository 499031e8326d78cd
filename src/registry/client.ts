// The pull side of the distribution-spec: manifests and blobs of a repository, from the first of its endpoints that has them.
// Joins the parts of this folder; what they decide, it does.
import { createHash } from 'node:crypto';
import { TsdockerError } from '../error.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { type Digest, digestAlgorithm, parseDigest } from '../image/digest.ts';
import { largestManifest } from '../image/manifest.ts';
import { mediaTypes } from '../image/media-types.ts';
import { familiarRepository, type Reference } from '../image/reference.ts';
import { hasDigest } from './blob.ts';
import type { RegistryConfiguration } from './configuration.ts';
import { isUnreachable } from './connection-error.ts';
import { type CredentialLookup, noCredentials } from './credentials.ts';
import { type Endpoint, endpointsOf } from './endpoint.ts';
import type { ProxyEnvironment } from './proxy.ts';
import { createRequests } from './requests.ts';
import { defaultRetryPolicy, type RetryPolicy } from './retry.ts';
import { transferBlob } from './transfer.ts';
import { createTransport, readWhole } from './transport.ts';

export interface RegistryClientOptions {
  readonly configuration: RegistryConfiguration;
  /** Nobody is known anywhere unless told. */
  readonly credentials?: CredentialLookup;
  /** Ends whatever is under way; its reason is thrown. */
  readonly signal?: AbortSignal;
  readonly retry?: Partial<RetryPolicy>;
  /** Milliseconds without a byte after which a transfer counts as lost; a minute unless told. */
  readonly idleLimit?: number;
  /** Where certificates for registries are looked for; certificateFolders unless told. */
  readonly certificates?: readonly string[];
  /** Where proxies and the folder of certificates are named; process.env unless told. */
  readonly environment?: ProxyEnvironment;
}

/** A document whose bytes match its descriptor. */
export interface Document {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

export interface RegistryClient {
  /**
   * Fetches a manifest or an index of the reference's repository; of which kind it is, the descriptor's media type tells, as
   * sent. Throws `notFound`, `registry` or `corrupt`, and what `read` throws.
   * @param name A tag, or a digest, against which the bytes are then checked.
   * @param read Makes of it what it is wanted for; where it throws, the next endpoint is asked.
   * @param expected The descriptor that named it, whose size must be right too.
   */
  fetchManifest<T>(
    reference: Reference,
    name: string,
    read: (document: Document) => T,
    expected?: Descriptor,
  ): Promise<Document & { readonly content: T }>;
  /**
   * A blob of the reference's repository, as sent, from the byte `from` on. Its size is checked, its digest is the reader's to
   * check. Leaving early ends the transfer. Throws as `fetchManifest` does.
   */
  openBlob(reference: Reference, descriptor: Descriptor, from?: number): AsyncIterable<Uint8Array>;
  /** The bytes that came had the wrong digest: who sent them is not asked again. True where another can be asked. */
  distrust(descriptor: Descriptor): boolean;
  /** A small blob, whole, from the first endpoint that has the right bytes. Throws as `fetchManifest` does. */
  readBlob(reference: Reference, descriptor: Descriptor): Promise<Uint8Array>;
}

const accept = [mediaTypes.ociManifest, mediaTypes.ociIndex, mediaTypes.dockerManifest, mediaTypes.dockerList].join(
  ', ',
);

/** One client for one pull: what it learns (tokens, endpoints that are down) it forgets with it. */
export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const { configuration, credentials = noCredentials, signal } = options;
  const policy = { ...defaultRetryPolicy, ...options.retry };
  const requests = createRequests(
    createTransport(options.idleLimit ?? 60_000, signal, options),
    credentials,
    policy,
    signal,
  );
  /** Origins of mirrors that did not answer, or not rightly: not asked again, as there is always the registry. */
  const down = new Set<string>();
  /** Who sent a blob last. */
  const servers = new Map<Digest, Endpoint>();

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

  function giveUp({ origin, isMirror }: Endpoint): boolean {
    if (isMirror) down.add(origin);
    return isMirror;
  }

  return {
    openBlob: (reference, descriptor, from) => {
      const onServed = (endpoint: Endpoint): unknown => servers.set(descriptor.digest, endpoint);
      return transferBlob({ requests, fromFirst, giveUp, onServed, policy, signal }, reference, descriptor, from);
    },
    distrust({ digest }) {
      const server = servers.get(digest);
      return server !== undefined && giveUp(server);
    },
    readBlob: (reference, descriptor) =>
      fromFirst(reference.domain, async (endpoint) => {
        const only = { requests, fromFirst: <T>(_: string, use: (endpoint: Endpoint) => Promise<T>) => use(endpoint) };
        const parts = { ...only, giveUp: () => false, onServed: () => {}, policy, signal };
        const bytes = Buffer.concat(await Array.fromAsync(transferBlob(parts, reference, descriptor)));
        if (hasDigest(bytes, descriptor.digest)) return bytes;
        const what = `the blob ${descriptor.digest} of ${familiarRepository(reference)}, from ${endpoint.title},`;
        throw new TsdockerError('corrupt', `${what} has the wrong digest`, {
          hint: 'it was damaged on the way, or is not what the image names',
        });
      }),
    fetchManifest: (reference, name, read, expected) =>
      fromFirst(reference.domain, async (endpoint) => {
        const answer = await requests.fetchObject(endpoint, reference, { kind: 'manifest', name }, { accept });
        const what = `the manifest ${name} of ${familiarRepository(reference)}, from ${endpoint.title},`;
        const bytes = await readWhole(answer, largestManifest, what);
        const digest = checkManifest(bytes, name, answer.headers.get('docker-content-digest'), expected, what);
        const mediaType = answer.headers.get('content-type')?.split(';')[0]?.trim() ?? '';
        const document = { descriptor: { mediaType, digest, size: bytes.byteLength }, bytes };
        return { ...document, content: read(document) };
      }),
  };
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

// The push side of the distribution-spec ("Push"): the layers side by side, then the config, then the manifest that names
// them, which a registry takes only when it has all of that.
import type { Descriptor } from '../image/descriptor.ts';
import type { Digest } from '../image/digest.ts';
import { familiarRepository, type Reference } from '../image/reference.ts';
import { hasDigest } from './blob.ts';
import type { Document, RegistryClientOptions } from './client.ts';
import { noCredentials } from './credentials.ts';
import { endpointsOf } from './endpoint.ts';
import { pushRefusal, refusedDigest } from './push-refusal.ts';
import { createRequests } from './requests.ts';
import { defaultRetryPolicy } from './retry.ts';
import { createTransport } from './transport.ts';
import { type OpenPart, type Target, uploadBlob } from './upload.ts';

export interface PushProgress {
  readonly layer: Digest;
  readonly status: 'preparing' | 'waiting' | 'pushing' | 'retrying' | 'exists' | 'mounted' | 'pushed';
  /** Bytes. */
  readonly current?: number;
  readonly total?: number;
  /** The repository that a mounted layer comes from. */
  readonly from?: string;
}

export interface PushedImage {
  readonly manifest: Document;
  readonly config: Descriptor;
  /** The lowest first. */
  readonly layers: readonly Descriptor[];
}

export interface PushOptions extends RegistryClientOptions {
  /** A repository of the same registry that may hold the blob already; never the one that is pushed to. */
  readonly mountFrom?: (digest: Digest) => string | undefined;
  readonly onProgress?: (progress: PushProgress) => void;
}

/** Layers on their way at one time. */
const sideBySide = 4;

/**
 * Pushes to the registry itself, never to a mirror, under the tag of the reference. Throws `registry` where the registry does
 * not take it, and what `open` throws; the manifest is the last to be sent, so that nobody ever finds half an image.
 */
export async function pushToRegistry(
  reference: Reference,
  image: PushedImage,
  open: OpenPart,
  options: PushOptions,
): Promise<void> {
  const { configuration, credentials = noCredentials, mountFrom = () => undefined, onProgress = () => {} } = options;
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const policy = { ...defaultRetryPolicy, ...options.retry };
  const layers = [...new Map(image.layers.map((layer) => [layer.digest, layer])).values()];
  const sources = new Set(layers.flatMap(({ digest }) => mountFrom(digest) ?? []));
  const scopes = [`repository:${reference.path}:pull,push`, ...[...sources].map((path) => `repository:${path}:pull`)];
  const transport = createTransport(options.idleLimit ?? 60_000, signal, options);
  const requests = createRequests(transport, credentials, policy, signal, () => scopes);
  const target: Target = {
    requests,
    endpoint: endpointsOf(reference.domain, configuration).at(-1)!,
    reference,
    policy,
    signal,
  };

  const pushLayer = async (layer: Descriptor): Promise<void> => {
    const total = layer.size;
    const tell = (current: number, retrying: boolean): void =>
      onProgress({ layer: layer.digest, status: retrying ? 'retrying' : 'pushing', current, total });
    const from = mountFrom(layer.digest);
    const outcome = await uploadBlob(target, layer, open, from, tell);
    onProgress({ layer: layer.digest, status: outcome, total, ...(outcome === 'mounted' && { from: from ?? '' }) });
  };

  const waiting = layers.toReversed();
  for (const { digest, size } of waiting) onProgress({ layer: digest, status: 'preparing', total: size });
  for (const { digest, size } of waiting.slice(sideBySide))
    onProgress({ layer: digest, status: 'waiting', total: size });
  const work = async (): Promise<void> => {
    for (let layer = waiting.shift(); layer !== undefined; layer = waiting.shift()) await pushLayer(layer);
  };
  try {
    await Promise.all(Array.from({ length: sideBySide }, work));
  } catch (error) {
    stop.abort(error);
    throw error;
  }
  await uploadBlob(target, image.config, open, undefined, () => {});
  await putManifest(target, image.manifest);
}

async function putManifest(target: Target, { descriptor, bytes }: Document): Promise<void> {
  const { requests, endpoint, reference } = target;
  const name = reference.tag ?? 'latest';
  const url = new URL(`${endpoint.origin}/v2/${reference.path}/manifests/${name}`);
  const headers = { 'content-type': descriptor.mediaType };
  const answer = await requests.send(endpoint, reference.path, { method: 'PUT', url, headers, body: bytes }, true);
  if (answer.status < 200 || answer.status > 299) throw await pushRefusal(target, answer, `the manifest ${name}`);
  await answer.discard();
  const stated = answer.headers.get('docker-content-digest');
  // ATTACK: what others will pull is to be what was pushed. A registry may name it by another algorithm.
  if (stated !== null && !isDigestOf(stated, bytes)) throw refusedDigest(endpoint.title, familiarRepository(reference));
}

const isDigestOf = (stated: string, bytes: Uint8Array): boolean =>
  /^sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})$/.test(stated) && hasDigest(bytes, stated as Digest);

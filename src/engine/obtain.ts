// From the name of an image to the image in the store: found there, built from a recipe of ours, or pulled.
import { TsdockerError } from '../error.ts';
import { distance, hostPlatform, type Platform, parsePlatform, statedPlatform } from '../image/platform.ts';
import { formatReference, parseReference } from '../image/reference.ts';
import type { RegistryOptions, RunOptions } from '../spec/run-options.ts';
import { findImage, type StoredImage } from '../store/images.ts';
import type { Store } from '../store/store.ts';
import type { PullProgress } from './pull.ts';

export interface ObtainOptions {
  readonly pull: RunOptions['pull'];
  readonly platform?: string;
  readonly registries: RegistryOptions;
  /** How to pull; pullByName unless said. */
  readonly pullWith?: typeof pullByName;
  readonly onProgress?: (progress: PullProgress) => void;
  readonly signal?: AbortSignal;
}

/** Throws `notFound` where the image is not here and may not, or cannot, be had. */
export async function obtainImage(store: Store, name: string, options: ObtainOptions): Promise<StoredImage> {
  const platform = options.platform === undefined ? undefined : parsePlatform(options.platform);
  const here = options.pull === 'always' ? undefined : findImage(store, name);
  if (here !== undefined && serves(here, platform)) return here;
  const reference = parseReference(name);
  if (reference.domain === 'localhost') {
    const { buildEmbedded, isEmbedded } = await import('./embedded.ts');
    if (isEmbedded(reference) && isHosts(platform)) return buildEmbedded(store, reference);
  }
  if (options.pull === 'never') {
    throw new TsdockerError('notFound', `the image ${name} is not in the store`, {
      hint: 'leave out --pull never to fetch it',
    });
  }
  await (options.pullWith ?? pullByName)(store, name, options);
  const pulled = findImage(store, formatReference(reference));
  if (pulled === undefined) throw new TsdockerError('internal', `the image ${name} was pulled and is not in the store`);
  return pulled;
}

/** Whether an image is for the platform that was asked for, if any was. */
function serves({ config }: StoredImage, platform: Platform | undefined): boolean {
  return (
    platform === undefined ||
    distance(platform, statedPlatform(config.os, config.architecture, config.variant)) !== undefined
  );
}

const isHosts = (platform: Platform | undefined): boolean =>
  platform === undefined || distance(platform, hostPlatform()) === 0;

/** Pulls the image, whether or not it is here. */
export async function pullByName(
  store: Store,
  name: string,
  options: Omit<ObtainOptions, 'pull' | 'pullWith'>,
): Promise<void> {
  const reference = parseReference(name);
  const [{ pullImage }, { transferEvent }, { openImageSource }, { readConfiguration }, { createCredentialLookup }] =
    await Promise.all([
      import('./pull.ts'),
      import('./image-event.ts'),
      import('../registry/image-source.ts'),
      import('../registry/configuration.ts'),
      import('../registry/credentials.ts'),
    ]);
  const configuration = readConfiguration(options.registries);
  const { signal } = options;
  const credentials = createCredentialLookup(process.env, { ...(signal && { signal }) });
  const source = openImageSource(reference, { configuration, credentials, ...(signal && { signal }) });
  await pullImage(store, source, reference, {
    platform: options.platform === undefined ? hostPlatform() : parsePlatform(options.platform),
    ...(options.onProgress && { onProgress: options.onProgress }),
    ...(options.signal && { signal: options.signal }),
  });
  transferEvent(store, 'pull', reference);
}

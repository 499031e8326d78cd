// An image at its registry: the manifest of one platform, its config, and its layers as verified streams. Where a pull gets
// its bytes from (design, "The two flows"); distribution-spec, "Pull".

import { TsdockerError } from '../error.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { chooseManifest, type Manifest, parseDocument } from '../image/manifest.ts';
import type { Platform } from '../image/platform.ts';
import { familiarName, type Reference } from '../image/reference.ts';
import { createRegistryClient, type Document, type RegistryClientOptions } from './client.ts';

export type { Document } from './client.ts';

export interface ResolvedImage {
  readonly manifest: Document;
  readonly config: Document;
  /** The lowest first. */
  readonly layers: readonly Descriptor[];
}

export interface ImageSource {
  /**
   * Fetches the manifest that serves the platform, through an index where there is one, and the config it names. Throws
   * `notFound`, `registry` or `corrupt`.
   */
  resolve(platform: Platform): Promise<ResolvedImage>;
  /**
   * A blob's bytes, as sent: read it to the end, where size and digest are checked, before trusting a byte. Leaving early
   * ends the transfer. Throws as `resolve` does.
   */
  openBlob(descriptor: Descriptor): AsyncIterable<Uint8Array>;
}

export type ImageSourceOptions = RegistryClientOptions;

/** An index of indexes of indexes is as deep as anyone means it; deeper is a trap. */
const deepestIndex = 3;
/** A config is read into memory whole. */
const largestConfig = 4 * 2 ** 20;

/** Opens no connection before something is asked of it. */
export function openImageSource(reference: Reference, options: ImageSourceOptions): ImageSource {
  const client = createRegistryClient(options);
  const name = familiarName(reference);

  /** What src/image says of a document, said of this image. */
  function named<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof TsdockerError)) throw error;
      const { code, message, hint, details } = error;
      throw new TsdockerError(code, `${name}: ${message}`, {
        cause: error,
        details,
        ...(hint !== undefined && { hint }),
      });
    }
  }

  async function resolveManifest(platform: Platform): Promise<Document & { manifest: Manifest }> {
    const read = ({ bytes, descriptor }: Document) =>
      named(() => parseDocument(bytes, descriptor.mediaType || undefined));
    let fetched = await client.fetchManifest(reference, reference.digest ?? reference.tag ?? 'latest', read);
    for (let depth = 0; ; depth++) {
      const document = fetched.content;
      if (document.kind === 'manifest') {
        return {
          descriptor: { ...fetched.descriptor, mediaType: document.mediaType },
          bytes: fetched.bytes,
          manifest: document,
        };
      }
      if (depth === deepestIndex) {
        throw new TsdockerError('corrupt', `the index of ${name} is nested more than ${deepestIndex} deep`);
      }
      const chosen = named(() => chooseManifest(document, platform));
      fetched = await client.fetchManifest(reference, chosen.digest, read, chosen);
    }
  }

  return {
    async resolve(platform) {
      const { manifest, ...document } = await resolveManifest(platform);
      const { config } = manifest;
      if (config.size > largestConfig) {
        throw new TsdockerError(
          'corrupt',
          `the config of ${name} has ${config.size} bytes, more than ${largestConfig}`,
        );
      }
      const bytes = await client.readBlob(reference, config);
      return { manifest: document, config: { descriptor: config, bytes }, layers: manifest.layers };
    },
    openBlob: (descriptor) => client.openBlob(reference, descriptor),
  };
}

// An image at its registry: the manifest of one platform, its config, and its layers as verified streams. Where a pull gets
// its bytes from (design, "The two flows"); distribution-spec, "Pull".

import { TsdockerError } from '../error.ts';
import type { Descriptor } from '../image/descriptor.ts';
import type { Digest } from '../image/digest.ts';
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
  /** By what digest the registry knows it: of the index where there was one. Absent where no registry does. */
  readonly known?: Digest;
}

export interface ImageSource {
  /**
   * Fetches the manifest that serves the platform, through an index where there is one, and the config it names. Throws
   * `notFound`, `registry` or `corrupt`.
   */
  resolve(platform: Platform): Promise<ResolvedImage>;
  /**
   * A blob's bytes, as sent, from the byte `from` on. Its size is checked; its digest is to be checked before a byte is trusted.
   * Leaving early ends the transfer. Throws as `resolve` does.
   */
  openBlob(descriptor: Descriptor, from?: number): AsyncIterable<Uint8Array>;
  /** The bytes that came had the wrong digest. True where opening the blob again may give others. */
  distrust?(descriptor: Descriptor): boolean;
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

  async function resolveManifest(platform: Platform): Promise<Document & { manifest: Manifest; known: Digest }> {
    const read = ({ bytes, descriptor }: Document) =>
      named(() => parseDocument(bytes, descriptor.mediaType || undefined));
    let fetched = await client.fetchManifest(reference, reference.digest ?? reference.tag ?? 'latest', read);
    const known = fetched.descriptor.digest;
    for (let depth = 0; ; depth++) {
      const document = fetched.content;
      if (document.kind === 'manifest') {
        return {
          descriptor: { ...fetched.descriptor, mediaType: document.mediaType },
          bytes: fetched.bytes,
          manifest: document,
          known,
        };
      }
      if (depth === deepestIndex) {
        throw new TsdockerError('corrupt', `the index of ${name} is nested more than ${deepestIndex} deep`);
      }
      const chosen = named(() => chooseManifest(document, platform));
      fetched = await client.fetchManifest(reference, chosen.digest, read, chosen);
      refuseOtherType(name, chosen, fetched.content.mediaType);
    }
  }

  return {
    async resolve(platform) {
      const { manifest, known, ...document } = await resolveManifest(platform);
      const { config } = manifest;
      if (config.size > largestConfig) {
        throw new TsdockerError(
          'corrupt',
          `the config of ${name} has ${config.size} bytes, more than ${largestConfig}`,
        );
      }
      const bytes = await client.readBlob(reference, config);
      return { manifest: document, config: { descriptor: config, bytes }, layers: manifest.layers, known };
    },
    openBlob: (descriptor, from) => client.openBlob(reference, descriptor, from),
    distrust: (descriptor) => client.distrust(descriptor),
  };
}

/** ATTACK: what an index calls one kind of document and the document itself another is two images (CVE-2021-41190). */
function refuseOtherType(name: string, { digest, mediaType }: Descriptor, found: string): void {
  if (mediaType === found) return;
  throw new TsdockerError('corrupt', `the index of ${name} says that ${digest} is ${mediaType}, and it is ${found}`);
}

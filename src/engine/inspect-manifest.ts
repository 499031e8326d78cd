// What a registry has under a name, without pulling it: its manifest or index, and for those who want more, the manifest of each
// platform with the platform of its config (distribution-spec, "Pulling manifests").
import { TsdockerError } from '../error.ts';
import { parseImageConfig } from '../image/config.ts';
import { type Index, type Manifest, parseDocument } from '../image/manifest.ts';
import { isManifestType } from '../image/media-types.ts';
import { type Platform, statedPlatform } from '../image/platform.ts';
import { formatReference, parseReference, type Reference } from '../image/reference.ts';
import { createRegistryClient, type Document, type RegistryClient } from '../registry/client.ts';
import { readConfiguration } from '../registry/configuration.ts';
import { createCredentialLookup } from '../registry/credentials.ts';
import type { RegistryOptions } from '../spec/run-options.ts';

export interface InspectedManifest {
  /** The whole name, by digest where an index named it. */
  readonly reference: string;
  readonly document: Document;
  readonly content: Manifest | Index;
}

export interface PlatformManifest extends InspectedManifest {
  readonly platform: Platform;
}

export interface ManifestInspector {
  /** What the name leads to. Throws `notFound`, `registry` or `corrupt`. */
  fetch(): Promise<InspectedManifest>;
  /** The manifests it stands for: itself, or those of the index. Throws as `fetch` does. */
  fetchPlatforms(top: InspectedManifest): Promise<PlatformManifest[]>;
}

/** An index may name thousands of manifests; nobody reads so many. */
const mostPlatforms = 100;
const largestConfig = 4 * 2 ** 20;

/** Opens no connection before something is asked of it. Throws `usage`. */
export function openManifestInspector(name: string, registries: RegistryOptions): ManifestInspector {
  const reference = parseReference(name);
  const client = createRegistryClient({
    configuration: readConfiguration(registries),
    credentials: createCredentialLookup(process.env),
  });
  return {
    fetch: () => fetchOne(client, reference, reference.digest ?? reference.tag ?? 'latest'),
    async fetchPlatforms(top) {
      if (top.content.kind === 'manifest') return [await withPlatform(client, reference, top)];
      const named = top.content.manifests.filter(({ mediaType }) => isManifestType(mediaType));
      if (named.length > mostPlatforms)
        throw new TsdockerError(
          'unsupported',
          `${top.reference} names ${named.length} manifests, more than ${mostPlatforms}`,
        );
      const found: PlatformManifest[] = [];
      for (const { digest } of named)
        found.push(await withPlatform(client, reference, await fetchOne(client, { ...reference, digest }, digest)));
      return found;
    },
  };
}

async function fetchOne(client: RegistryClient, reference: Reference, name: string): Promise<InspectedManifest> {
  const read = ({ bytes, descriptor }: Document) => parseDocument(bytes, descriptor.mediaType || undefined);
  const { content, ...document } = await client.fetchManifest(reference, name, read);
  const descriptor = { ...document.descriptor, mediaType: content.mediaType };
  return { reference: formatReference(reference), document: { ...document, descriptor }, content };
}

async function withPlatform(
  client: RegistryClient,
  reference: Reference,
  inspected: InspectedManifest,
): Promise<PlatformManifest> {
  if (inspected.content.kind === 'index')
    throw new TsdockerError('corrupt', `${inspected.reference} is an index, and its index said it was a manifest`);
  const { config } = inspected.content;
  if (config.size > largestConfig)
    throw new TsdockerError('corrupt', `the config of ${inspected.reference} has ${config.size} bytes`);
  const { os, architecture, variant } = parseImageConfig(await client.readBlob(reference, config));
  return { ...inspected, platform: statedPlatform(os, architecture, variant) };
}

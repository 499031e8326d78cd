// Manifests and indexes (image-spec manifest.md, image-index.md; Docker's schema 2), from bytes that a registry sent.
import { TsdockerError } from '../error.ts';
import { type Descriptor, parseDescriptor } from './descriptor.ts';
import { array, type JsonObject, optional, parseObject, quoted, string } from './json.ts';
import { isConfigType, isIndexType, isManifestType, layerCompression, mediaTypes } from './media-types.ts';
import { distance, formatPlatform, type Platform } from './platform.ts';

export interface Manifest {
  readonly kind: 'manifest';
  readonly mediaType: string;
  readonly config: Descriptor;
  /** The lowest first. */
  readonly layers: readonly Descriptor[];
}

export interface Index {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
}

/** What a registry must at least take, and what we take at most (distribution-spec, "Pushing Manifests"). */
export const largestManifest = 4 * 2 ** 20;
/** More than any engine can mount. */
const mostLayers = 500;
const mostManifests = 10_000;

/**
 * Parses a manifest or an index. Throws `corrupt` for anything else.
 * @param sentAs The Content-Type it came with, which must agree with what the document says of itself.
 */
export function parseDocument(bytes: Uint8Array, sentAs?: string): Manifest | Index {
  if (bytes.byteLength > largestManifest) {
    throw new TsdockerError(
      'corrupt',
      `the manifest has ${bytes.byteLength} bytes, more than the ${largestManifest} that are allowed`,
    );
  }
  const fields = parseObject(bytes, 'the manifest');
  const mediaType = mediaTypeOf(fields, sentAs);
  if (isManifestType(mediaType) || isIndexType(mediaType)) {
    refuseAmbiguity(fields);
    return isIndexType(mediaType) ? parseIndex(fields, mediaType) : parseManifest(fields, mediaType);
  }
  throw new TsdockerError('corrupt', `${quoted(mediaType)} is not the media type of a manifest`, {
    hint: mediaType.includes('manifest.v1')
      ? 'the image is in Docker’s schema 1, which nobody serves any more: push it again'
      : 'is this an image?',
  });
}

function mediaTypeOf(fields: JsonObject, sentAs: string | undefined): string {
  const sent = sentAs?.split(';')[0]?.trim();
  const known = sent !== undefined && (isManifestType(sent) || isIndexType(sent)) ? sent : undefined;
  const stated = optional(fields.mediaType, (value) => string(value, 'the media type of the manifest'));
  if (known !== undefined && stated !== undefined && known !== stated) {
    throw new TsdockerError('corrupt', `the manifest came as ${known} and says it is ${stated}`);
  }
  // An OCI document need not state its type (manifest.md, "mediaType"); then its shape tells.
  return stated ?? known ?? sent ?? ('manifests' in fields ? mediaTypes.ociIndex : mediaTypes.ociManifest);
}

/**
 * A document that is both a manifest and an index would be one thing to us and another to whoever checked it
 * (CVE-2021-41190).
 */
function refuseAmbiguity(fields: JsonObject): void {
  const both = 'manifests' in fields && ('layers' in fields || 'config' in fields);
  if (both || 'fsLayers' in fields) {
    throw new TsdockerError('corrupt', 'the manifest is ambiguous: it has the fields of two kinds of document');
  }
}

function refuseVersion(fields: JsonObject): void {
  if (fields.schemaVersion === 2) return;
  throw new TsdockerError('corrupt', `the manifest has the schema version ${quoted(fields.schemaVersion)}, not 2`);
}

function parseManifest(fields: JsonObject, mediaType: string): Manifest {
  refuseVersion(fields);
  const config = parseDescriptor(fields.config, 'the config');
  if (!isConfigType(config.mediaType)) {
    throw new TsdockerError(
      'corrupt',
      `the config has the media type ${quoted(config.mediaType)}: this is not a container image`,
    );
  }
  const layers = array(fields.layers, 'layers').map((layer, index) => parseDescriptor(layer, `layer ${index + 1}`));
  if (layers.length > mostLayers)
    throw new TsdockerError('corrupt', `the image has ${layers.length} layers, more than ${mostLayers}`);
  for (const { mediaType: type } of layers) layerCompression(type);
  return { kind: 'manifest', mediaType, config, layers };
}

function parseIndex(fields: JsonObject, mediaType: string): Index {
  refuseVersion(fields);
  const manifests = array(fields.manifests, 'manifests');
  if (manifests.length > mostManifests)
    throw new TsdockerError('corrupt', `the index has ${manifests.length} manifests, more than ${mostManifests}`);
  return {
    kind: 'index',
    mediaType,
    manifests: manifests.map((each, index) => parseDescriptor(each, `manifest ${index + 1}`)),
  };
}

/**
 * The manifest, or nested index, that serves a platform best; the first of several equals, as the specification says
 * (image-index.md, "manifests"). Throws `notFound` where there is none.
 */
export function chooseManifest(index: Index, platform: Platform): Descriptor {
  let best: { descriptor: Descriptor; distance: number } | undefined;
  for (const descriptor of index.manifests) {
    if (!isManifestType(descriptor.mediaType) && !isIndexType(descriptor.mediaType)) continue;
    const far = descriptor.platform === undefined ? 10 : distance(platform, descriptor.platform);
    if (far !== undefined && (best === undefined || far < best.distance)) best = { descriptor, distance: far };
  }
  if (best !== undefined) return best.descriptor;
  throw new TsdockerError('notFound', `the image is not there for ${formatPlatform(platform)}`, {
    hint: `it is there for ${offeredBy(index).join(', ') || 'no platform at all'}`,
  });
}

/** What an index offers, for people: nothing that would write on a terminal what a registry wants, and not without end. */
function offeredBy({ manifests }: Index): string[] {
  const names = manifests.flatMap((each) => (each.platform === undefined ? [] : [formatPlatform(each.platform)]));
  return [...new Set(names)]
    .filter((name) => /^[a-z0-9_.-]+(\/[a-z0-9_.-]+)+$/.test(name) && !name.startsWith('unknown/'))
    .slice(0, 20);
}

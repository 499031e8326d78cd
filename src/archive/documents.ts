// What tells the readers of an archive which images are in it: index.json for those who read an OCI image layout (image-spec
// image-layout.md), manifest.json and `repositories` for those who read a docker archive. Docker from version 25 on writes both.
import type { Descriptor } from '../image/descriptor.ts';
import { type DiffID, type Digest, digestHex } from '../image/digest.ts';
import { mediaTypes } from '../image/media-types.ts';
import { familiarName, familiarRepository, formatReference, type Reference } from '../image/reference.ts';
import { blobMember } from './archived-image.ts';
import { containerdName, refName } from './names.ts';

/** Unless told, an archive is both. */
export type ArchiveKind = 'oci-archive' | 'docker-archive';

export const archiveKinds: readonly ArchiveKind[] = ['oci-archive', 'docker-archive'];

/** An image that is saved. */
export interface SavedImage {
  /** With a tag. */
  readonly names: readonly Reference[];
  readonly manifest: Descriptor;
  readonly config: Digest;
  /** The lowest first. */
  readonly layers: readonly SavedLayer[];
}

export interface SavedLayer {
  readonly blob: Descriptor;
  readonly diffID: DiffID;
}

export interface Document {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Names of members of a docker archive alone, where layers are plain tars. */
export const plainConfig = (config: Digest): string => `${digestHex(config)}.json`;
export const plainLayer = (diffID: DiffID): string => `${digestHex(diffID)}.tar`;

export function archiveDocuments(images: readonly SavedImage[], kind: ArchiveKind | undefined): Document[] {
  const layout = [
    document('oci-layout', { imageLayoutVersion: '1.0.0' }),
    document('index.json', {
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: images.flatMap(indexEntries),
    }),
  ];
  const docker = [
    document(
      'manifest.json',
      images.map((image) => dockerEntry(image, kind)),
    ),
    document('repositories', repositories(images)),
  ];
  return [...(kind === 'docker-archive' ? [] : layout), ...(kind === 'oci-archive' ? [] : docker)];
}

const document = (name: string, value: unknown): Document => ({ name, bytes: Buffer.from(JSON.stringify(value)) });

function indexEntries({ names, manifest }: SavedImage): Descriptor[] {
  const { mediaType, digest, size } = manifest;
  const entry = { mediaType, digest, size };
  if (names.length === 0) return [entry];
  return names.map((name) => {
    const text = formatReference(name);
    // podman takes the whole name from here, where Docker has the tag alone.
    return { ...entry, annotations: { [containerdName]: text, [refName]: text } };
  });
}

const dockerEntry = ({ names, config, layers }: SavedImage, kind: ArchiveKind | undefined) => ({
  Config: kind === 'docker-archive' ? plainConfig(config) : blobMember(config),
  RepoTags: names.length === 0 ? null : names.map(familiarName),
  Layers: layers.map(({ blob, diffID }) => (kind === 'docker-archive' ? plainLayer(diffID) : blobMember(blob.digest))),
});

/** What Docker read before version 1.10: the topmost layer of each name. */
function repositories(images: readonly SavedImage[]): Record<string, Record<string, string>> {
  const found = new Map<string, [tag: string, layer: string][]>();
  for (const { names, layers } of images) {
    const top = layers.at(-1);
    if (top === undefined) continue;
    for (const name of names) {
      const repository = familiarRepository(name);
      found.set(repository, [...(found.get(repository) ?? []), [name.tag!, digestHex(top.blob.digest)]]);
    }
  }
  return Object.fromEntries([...found].map(([repository, tags]) => [repository, Object.fromEntries(tags)]));
}

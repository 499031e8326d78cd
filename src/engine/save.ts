// Save: from the store into an archive, the very bytes that were pulled. What is saved is kept from garbage collection meanwhile.
import { createHash } from 'node:crypto';
import { blobMember } from '../archive/archived-image.ts';
import {
  type ArchiveKind,
  archiveDocuments,
  plainConfig,
  plainLayer,
  type SavedImage,
  type SavedLayer,
} from '../archive/documents.ts';
import { type TarMember, writeTar } from '../archive/write-tar.ts';
import { TsdockerError } from '../error.ts';
import { parseImageConfig } from '../image/config.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { digestAlgorithm, digestHex } from '../image/digest.ts';
import { type Manifest, parseDocument } from '../image/manifest.ts';
import { layerCompression } from '../image/media-types.ts';
import { parseReference } from '../image/reference.ts';
import { decompress } from '../layer/decompress.ts';
import { hasBlob, openBlob, readBlob } from '../store/blobs.ts';
import { neededBy } from '../store/garbage.ts';
import type { ListedImage } from '../store/images.ts';
import { leaseContent } from '../store/lease.ts';
import type { Store } from '../store/store.ts';
import { type ChosenImage, chooseImages } from './choose-images.ts';
import { imageEvent } from './image-event.ts';

export { type ArchiveKind, archiveKinds } from '../archive/documents.ts';

export interface SaveOptions {
  /** Both kinds in one unless told. */
  readonly kind?: ArchiveKind | undefined;
}

/**
 * The archive of some images, as it is read: a tar that is the same for the same images. While it is read it throws `notFound`
 * before the first byte, and `corrupt` for a blob that is missing (before the first byte) or damaged.
 * @param wanted Names and ids; a repository without a tag means all of its tags, as in Docker.
 */
export async function* saveImages(
  store: Store,
  wanted: readonly string[],
  { kind }: SaveOptions = {},
): AsyncGenerator<Uint8Array> {
  const chosen = chooseImages(store, wanted);
  const needs = chosen.map(({ image }) => neededBy({ ...image, names: [] }));
  using _lease = leaseContent(store, {
    digests: needs.flatMap(({ digests }) => digests),
    chain: [],
  });
  const images = chosen.map((each) => readSaved(store, each));
  const documents = archiveDocuments(images, kind).map(
    ({ name, bytes }): TarMember => ({ name, size: bytes.byteLength, content: () => [bytes] }),
  );
  const content = kind === 'docker-archive' ? await plainMembers(store, images) : blobMembers(store, images);
  yield* writeTar([...documents, ...content.values()]);
  for (const id of new Set(chosen.map(({ image }) => image.configDigest))) imageEvent(store, 'save', id);
}

interface StoredSaved extends SavedImage {
  readonly configBlob: Descriptor;
}

/** Throws `corrupt` where a blob is not there. */
function readSaved(store: Store, { image, names }: ChosenImage): StoredSaved {
  needBlob(store, image.manifest, image);
  const { config, layers } = parseDocument(readBlob(store, image.manifest), image.manifest.mediaType) as Manifest;
  needBlob(store, config, image);
  const { diff_ids: diffIDs } = parseImageConfig(readBlob(store, config)).rootfs;
  for (const blob of layers) needBlob(store, blob, image);
  return {
    names: names.map(parseReference),
    manifest: image.manifest,
    config: config.digest,
    configBlob: config,
    layers: layers.map((blob, index) => ({ blob, diffID: diffIDs[index]! })),
  };
}

function needBlob(store: Store, blob: Descriptor, { names, configDigest }: ListedImage): void {
  if (hasBlob(store, blob)) return;
  throw new TsdockerError(
    'corrupt',
    `the blob ${blob.digest} of ${names[0] ?? configDigest} is missing from the store`,
    {
      hint: 'pull the image again',
    },
  );
}

/** The blobs of all images, each once, by their names. */
function blobMembers(store: Store, images: readonly StoredSaved[]): Map<string, TarMember> {
  const members = new Map<string, TarMember>();
  for (const { manifest, configBlob, layers } of images) {
    for (const blob of [manifest, configBlob, ...layers.map((layer) => layer.blob)]) {
      const name = blobMember(blob.digest);
      members.set(name, { name, size: blob.size, content: () => verified(store, blob) });
    }
  }
  return members;
}

/** Configs and layers as they are unpacked; a layer is read twice, as a tar says first how long a member is. */
async function plainMembers(store: Store, images: readonly StoredSaved[]): Promise<Map<string, TarMember>> {
  const members = new Map<string, TarMember>();
  for (const { config, configBlob, layers } of images) {
    const name = plainConfig(config);
    members.set(name, { name, size: configBlob.size, content: () => verified(store, configBlob) });
    for (const layer of layers) {
      const tar = plainLayer(layer.diffID);
      if (members.has(tar)) continue;
      let size = 0;
      for await (const piece of unpacked(store, layer)) size += piece.byteLength;
      members.set(tar, { name: tar, size, content: () => unpacked(store, layer) });
    }
  }
  return members;
}

const unpacked = (store: Store, { blob }: SavedLayer): AsyncIterable<Uint8Array> =>
  decompress(verified(store, blob), layerCompression(blob.mediaType), blob.size);

/** A damaged blob would be everybody’s who gets the archive. */
async function* verified(store: Store, { digest }: Descriptor): AsyncGenerator<Uint8Array> {
  const hash = createHash(digestAlgorithm(digest));
  for await (const piece of openBlob(store, { digest })) {
    hash.update(piece);
    yield piece;
  }
  if (hash.digest('hex') === digestHex(digest)) return;
  throw new TsdockerError('corrupt', `the blob ${digest} of the store is damaged`, {
    hint: 'tsdocker image verify says what to do about it',
  });
}

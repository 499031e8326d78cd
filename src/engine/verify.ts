// Whether the store still holds what it once did: every blob is read again and hashed, every image's parts are looked for, and a
// layer whose checksum is recorded is read too (image-spec descriptor.md, "Verification"). Nothing is held in memory but a piece.
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ChainID, type Digest, digestAlgorithm, digestHex } from '../image/digest.ts';
import { damageOf } from '../layer/layer-facts.ts';
import { findLayer } from '../layer/place.ts';
import { blobPath } from '../store/blob-path.ts';
import { neededBy } from '../store/garbage.ts';
import { type ListedImage, listImages, readImage } from '../store/images.ts';
import { layerFolder } from '../store/layer-folder.ts';
import type { Store } from '../store/store.ts';
import { checkDocuments } from './verify-documents.ts';

export type Part = { readonly blob: Digest } | { readonly layer: ChainID } | { readonly image: Digest };

export interface Damage {
  readonly part: Part;
  /** `is missing`: to be read after the part’s name. */
  readonly problem: string;
  /** Images that need it. */
  readonly images: readonly ListedImage[];
  /** Where it lies; undefined for what is not there. */
  readonly path?: string;
}

export interface Verified {
  readonly blobs: number;
  readonly layers: number;
  readonly images: number;
}

/**
 * Tells `onDamage` of each damaged thing as it is found. What comes and goes meanwhile is not damage: commands may run beside.
 * @param images Check these and what they need; where undefined, all images and whatever else there is.
 */
export async function verifyStore(
  store: Store,
  images: readonly ListedImage[] | undefined,
  onDamage: (damage: Damage) => void,
): Promise<Verified> {
  const checked = images ?? listImages(store);
  const all = listImages(store);
  const needing = (isNeeded: (image: ListedImage) => boolean) => all.filter(isNeeded);
  const blobs =
    images === undefined ? storedBlobs(store) : new Set(checked.flatMap((image) => neededBy(image).digests));
  for (const image of checked) for (const digest of requiredBlobs(image)) blobs.add(digest);
  const required = new Set(checked.flatMap(requiredBlobs));
  const whole = new Set<Digest>();
  let damagedBlobs = 0;
  for (const digest of blobs) {
    const problem = await blobProblem(blobPath(store, digest), digest);
    if (problem === undefined) whole.add(digest);
    else if (problem !== missing || required.has(digest)) {
      damagedBlobs++;
      const users = needing((image) => neededBy(image).digests.includes(digest));
      report({ part: { blob: digest }, problem, images: users, ...at(problem, blobPath(store, digest)) });
    }
  }
  const layers = new Set(checked.flatMap(({ chain }) => chain));
  for (const id of layers) {
    const problem = layerProblem(store, id);
    if (problem === undefined) continue;
    const users = needing(({ chain }) => chain.includes(id));
    report({ part: { layer: id }, problem, images: users, ...at(problem, layerFolder(store, id)) });
  }
  for (const image of checked) {
    if (!whole.has(image.manifest.digest) || !whole.has(image.configDigest)) continue; // said already
    const problem = checkDocuments(store, image);
    if (problem !== undefined) report({ part: { image: image.manifest.digest }, problem, images: [image] });
  }
  return { blobs: whole.size + damagedBlobs, layers: layers.size, images: checked.length };

  function report(damage: Damage): void {
    const isGone = damage.images.length > 0 && damage.images.every((image) => !readImage(store, image.manifest.digest));
    // Of an image that was removed meanwhile nothing is missing.
    if (!isGone) onDamage(damage);
  }
}

const missing = 'is missing';
const at = (problem: string, path: string) => (problem === missing ? {} : { path });

const requiredBlobs = ({ manifest, configDigest, layers }: ListedImage): Digest[] => [
  manifest.digest,
  configDigest,
  ...layers.map(({ digest }) => digest),
];

function storedBlobs({ paths }: Store): Set<Digest> {
  const lengths = { sha256: 64, sha512: 128 };
  return new Set(
    Object.entries(lengths).flatMap(([algorithm, length]) =>
      readdirSync(join(paths.image, 'blobs', algorithm))
        .filter((name) => name.length === length && /^[0-9a-f]+$/.test(name))
        .map((name) => `${algorithm}:${name}` as Digest),
    ),
  );
}

/** What is wrong with a blob, if anything. */
async function blobProblem(path: string, digest: Digest): Promise<string | undefined> {
  const hash = createHash(digestAlgorithm(digest));
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(piece);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return missing;
    return `is damaged: ${message}`; // a disk that fails says EIO
  }
  const found = hash.digest('hex');
  return found === digestHex(digest) ? undefined : `is damaged: it has the digest ${digestAlgorithm(digest)}:${found}`;
}

/** What is wrong with a layer. Of an unpacked directory nobody knows what it should hold. */
function layerProblem(store: Store, id: ChainID): string | undefined {
  const folder = layerFolder(store, id);
  if (!existsSync(folder)) return missing;
  const place = findLayer(store.paths.layer, id);
  if (place?.kind === 'directory') return undefined;
  if (place === undefined) return 'is damaged: nothing is in its folder';
  try {
    const damage = damageOf(folder);
    return damage === undefined ? undefined : `is damaged: ${damage}`;
  } catch (error) {
    return `is damaged: ${(error as Error).message}`;
  }
}

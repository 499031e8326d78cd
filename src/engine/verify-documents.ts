// Whether the documents of an image agree with each other, and with what the database has of them: blobs may all be whole and yet
// not belong together.
import { createHash } from 'node:crypto';
import { parseImageConfig } from '../image/config.ts';
import { chainIDs } from '../image/digest.ts';
import { parseDocument } from '../image/manifest.ts';
import { readBlob } from '../store/blobs.ts';
import type { ListedImage } from '../store/images.ts';
import type { Store } from '../store/store.ts';

/** What does not fit, if anything. The blobs of the manifest and of the config are whole. */
export function checkDocuments(store: Store, image: ListedImage): string | undefined {
  try {
    const manifest = parseDocument(readBlob(store, image.manifest), image.manifest.mediaType);
    if (manifest.kind === 'index') return 'has an index for a manifest';
    if (manifest.config.digest !== image.configDigest)
      return `has the config ${manifest.config.digest} in its manifest`;
    const named = manifest.layers.map(({ digest }) => digest);
    if (
      !sameList(
        named,
        image.layers.map(({ digest }) => digest),
      )
    )
      return 'has other layers in its manifest';
    const { diff_ids: diffIDs } = parseImageConfig(readBlob(store, { digest: image.configDigest })).rootfs;
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    if (!sameList(chainIDs(diffIDs, sha256), image.chain)) return 'has other layers in its config';
    return undefined;
  } catch (error) {
    return `cannot be read: ${(error as Error).message}`;
  }
}

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item, index) => item === b[index]);

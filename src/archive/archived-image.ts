// An image in an archive, whatever kind of archive it is: its names, and where a pull gets its bytes from.
import { createHash } from 'node:crypto';
import { TsdockerError } from '../error.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { type Digest, digestAlgorithm, digestHex } from '../image/digest.ts';
import type { Reference } from '../image/reference.ts';
import type { Document, ImageSource } from '../registry/image-source.ts';
import type { Extent } from './members.ts';
import type { Archive } from './open-archive.ts';

export interface ArchivedImage {
  readonly names: readonly Reference[];
  readonly source: ImageSource;
}

/** A config is read into memory whole. */
export const largestConfig = 4 * 2 ** 20;

/** Where an OCI image layout keeps a blob (image-spec image-layout.md, "Blobs"). */
export const blobMember = (digest: Digest): string => `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;

/** Throws `corrupt` where the archive has no blob of that size. */
export function findBlob(archive: Archive, { digest, size }: Pick<Descriptor, 'digest' | 'size'>): Extent {
  const extent = archive.find(blobMember(digest));
  if (extent === undefined) throw new TsdockerError('corrupt', `the archive lacks the blob ${digest}`);
  if (extent.size === size) return extent;
  throw new TsdockerError('corrupt', `the blob ${digest} of the archive has ${extent.size} bytes instead of ${size}`);
}

/** A verified document. Throws `corrupt`. @param title What it is: `the config`. */
export async function readDocument(
  archive: Archive,
  descriptor: Descriptor,
  most: number,
  title: string,
): Promise<Document> {
  const bytes = await archive.read(findBlob(archive, descriptor), most, `${title} ${descriptor.digest}`);
  const found = createHash(digestAlgorithm(descriptor.digest)).update(bytes).digest('hex');
  if (found === digestHex(descriptor.digest)) return { descriptor, bytes };
  throw new TsdockerError('corrupt', `${title} ${descriptor.digest} of the archive has other content`);
}

// Where a blob lies in the OCI image layout (image-spec image-layout.md, "Blobs").
import { join } from 'node:path';
import { type Digest, digestAlgorithm, digestHex } from '../image/digest.ts';
import type { Store } from './store.ts';

export const blobPath = (store: Store, digest: Digest): string =>
  join(store.paths.image, 'blobs', digestAlgorithm(digest), digestHex(digest));

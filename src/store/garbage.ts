// What of a store's content nobody needs: decided here, done elsewhere. Needed is what an image, a container or a lease names;
// a layer needs those below it, which its chain names too.
import type { ChainID, Digest } from '../image/digest.ts';
import type { ListedImage } from './images.ts';
import type { Needed } from './lease.ts';

/** What there is: blobs by their digest, layers by their chainID. */
export interface Content {
  readonly blobs: readonly Digest[];
  readonly layers: readonly ChainID[];
}

/** What keeps content. */
export interface Keepers {
  readonly images: readonly Pick<ListedImage, 'names' | 'manifest' | 'configDigest' | 'chain' | 'layers'>[];
  readonly containers: readonly { readonly chain: readonly ChainID[] }[];
  readonly leases: readonly Needed[];
}

/** All that an image needs. Of a name with a digest the index that it is the digest of, where the store has that. */
export const neededBy = ({ names, manifest, configDigest, chain, layers }: Keepers['images'][number]): Needed => ({
  digests: [
    manifest.digest,
    configDigest,
    ...layers.map(({ digest }) => digest),
    ...names.flatMap((name) => (name.includes('@') ? [name.slice(name.indexOf('@') + 1) as Digest] : [])),
  ],
  chain,
});

/** What nobody keeps, in the order in which it was given. */
export function findGarbage(content: Content, { images, containers, leases }: Keepers): Content {
  const needed = [...images.map(neededBy), ...leases];
  const digests = new Set(needed.flatMap((each) => each.digests));
  const chains = new Set([...needed, ...containers].flatMap(({ chain }) => chain));
  return {
    blobs: content.blobs.filter((digest) => !digests.has(digest)),
    layers: content.layers.filter((id) => !chains.has(id)),
  };
}

// An image source that reads an OCI image layout, for tests that need no registry.
import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Descriptor } from '../../src/image/descriptor.ts';
import { digestAlgorithm, digestHex } from '../../src/image/digest.ts';
import type { ImageSource } from '../../src/registry/image-source.ts';
import type { FixtureImage, Layout } from './image-fixture.ts';

export const blobFile = (folder: string, { digest }: Descriptor): string =>
  join(folder, 'blobs', digestAlgorithm(digest), digestHex(digest));

export function layoutSource(layout: Layout, image: FixtureImage = layout.images[0]!): ImageSource {
  const document = (descriptor: Descriptor) => ({
    descriptor,
    bytes: readFileSync(blobFile(layout.folder, descriptor)),
  });
  return {
    resolve: async () => ({
      manifest: document(image.manifest),
      config: document(image.config),
      layers: image.layers,
    }),
    openBlob: (descriptor, from = 0) => createReadStream(blobFile(layout.folder, descriptor), { start: from }),
  };
}

// The images of an archive that is an OCI image layout (image-spec image-layout.md), as skopeo, podman, buildah, umoci, containerd
// and Docker from version 25 on write it.
import { TsdockerError } from '../error.ts';
import type { Descriptor } from '../image/descriptor.ts';
import type { Digest } from '../image/digest.ts';
import { parseObject, string } from '../image/json.ts';
import { chooseManifest, type Index, largestManifest, type Manifest, parseDocument } from '../image/manifest.ts';
import { mediaTypes } from '../image/media-types.ts';
import type { Platform } from '../image/platform.ts';
import type { Reference } from '../image/reference.ts';
import type { Document, ImageSource, ResolvedImage } from '../registry/image-source.ts';
import { type ArchivedImage, findBlob, largestConfig, readDocument } from './archived-image.ts';
import { nameOfEntry } from './names.ts';
import type { Archive } from './open-archive.ts';

/** An index of indexes of indexes is as deep as anyone means it; deeper is a trap. */
const deepestIndex = 3;
const layoutVersion = '1.0.0';

/** One for each image that index.json names, however often it does; undefined where there is no layout. Throws `corrupt`. */
export async function readLayout(archive: Archive): Promise<ArchivedImage[] | undefined> {
  const [layout, index] = [archive.find('oci-layout'), archive.find('index.json')];
  if (layout === undefined || index === undefined) return undefined;
  const { imageLayoutVersion } = parseObject(await archive.read(layout, 4096, 'oci-layout'), 'oci-layout');
  const version = string(imageLayoutVersion, 'the version of the layout');
  if (version !== layoutVersion)
    throw new TsdockerError(
      'unsupported',
      `the archive has the layout version ${JSON.stringify(version.slice(0, 20))}`,
    );
  const document = parseDocument(await archive.read(index, largestManifest, 'index.json'), mediaTypes.ociIndex);
  if (document.kind !== 'index') throw new TsdockerError('corrupt', 'index.json of the archive is not an index');
  const images = new Map<Digest, { top: Descriptor; names: Reference[] }>();
  for (const top of document.manifests) {
    const image = images.get(top.digest) ?? { top, names: [] };
    images.set(top.digest, image);
    const name = nameOfEntry(top.annotations);
    if (name !== undefined) image.names.push(name);
  }
  return [...images.values()].map(({ top, names }) => ({ names, source: sourceOf(archive, top) }));
}

const sourceOf = (archive: Archive, top: Descriptor): ImageSource => ({
  resolve: (platform) => resolve(archive, top, platform),
  openBlob: (descriptor, from) => archive.stream(findBlob(archive, descriptor), from),
});

async function resolve(archive: Archive, top: Descriptor, platform: Platform): Promise<ResolvedImage> {
  const { config, layers, ...manifest } = await resolveManifest(archive, top, platform);
  for (const layer of layers) findBlob(archive, layer);
  return {
    manifest,
    config: await readDocument(archive, config, largestConfig, 'the config'),
    layers,
  };
}

async function resolveManifest(
  archive: Archive,
  top: Descriptor,
  platform: Platform,
): Promise<Document & Pick<Manifest, 'config' | 'layers'>> {
  let wanted = top;
  for (let depth = 0; depth <= deepestIndex; depth++) {
    const { descriptor, bytes } = await readDocument(archive, wanted, largestManifest, 'the manifest');
    const document: Manifest | Index = parseDocument(bytes, descriptor.mediaType);
    // ATTACK: what an index calls one kind of document and the document itself another is two images (CVE-2021-41190).
    if (document.mediaType !== descriptor.mediaType) {
      throw new TsdockerError(
        'corrupt',
        `the archive says that ${descriptor.digest} is ${descriptor.mediaType}, and it is ${document.mediaType}`,
      );
    }
    if (document.kind === 'manifest') return { descriptor, bytes, config: document.config, layers: document.layers };
    wanted = chooseManifest(document, platform);
  }
  throw new TsdockerError('corrupt', `the index ${top.digest} of the archive is nested more than ${deepestIndex} deep`);
}

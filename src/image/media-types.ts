// Media types of OCI (image-spec media-types.md) and of Docker's schema 2, which mean the same.
import { TsdockerError } from '../error.ts';
import { quoted } from './json.ts';

export const mediaTypes = {
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  ociLayerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociLayerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  ociForeignLayer: 'application/vnd.oci.image.layer.nondistributable.v1.tar',
  ociForeignLayerGzip: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  ociForeignLayerZstd: 'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  dockerLayerZstd: 'application/vnd.docker.image.rootfs.diff.tar.zstd',
  dockerForeignLayerGzip: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
} as const;

export type Compression = 'none' | 'gzip' | 'zstd';

const compressionOf: ReadonlyMap<string, Compression> = new Map<string, Compression>([
  [mediaTypes.ociLayer, 'none'],
  [mediaTypes.ociLayerGzip, 'gzip'],
  [mediaTypes.ociLayerZstd, 'zstd'],
  [mediaTypes.ociForeignLayer, 'none'],
  [mediaTypes.ociForeignLayerGzip, 'gzip'],
  [mediaTypes.ociForeignLayerZstd, 'zstd'],
  [mediaTypes.dockerLayer, 'none'],
  [mediaTypes.dockerLayerGzip, 'gzip'],
  [mediaTypes.dockerLayerZstd, 'zstd'],
  [mediaTypes.dockerForeignLayerGzip, 'gzip'],
]);

export const isManifestType = (type: string): boolean =>
  type === mediaTypes.ociManifest || type === mediaTypes.dockerManifest;
export const isIndexType = (type: string): boolean => type === mediaTypes.ociIndex || type === mediaTypes.dockerList;
export const isConfigType = (type: string): boolean =>
  type === mediaTypes.ociConfig || type === mediaTypes.dockerConfig;

/** How a layer of this media type is compressed. Throws `corrupt` for a type that is no layer's. */
export function layerCompression(mediaType: string): Compression {
  const compression = compressionOf.get(mediaType);
  if (compression !== undefined) return compression;
  throw new TsdockerError('corrupt', `${quoted(mediaType)} is not the media type of a layer`, {
    hint: 'the image may be something else than a container image',
  });
}

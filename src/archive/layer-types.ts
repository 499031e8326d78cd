// The media types of layers that are made here, by their compression (image-spec media-types.md).
import { type Compression, mediaTypes } from '../image/media-types.ts';

export const layerTypes: Readonly<Record<Compression, string>> = {
  none: mediaTypes.ociLayer,
  gzip: mediaTypes.ociLayerGzip,
  zstd: mediaTypes.ociLayerZstd,
};

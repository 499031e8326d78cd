// Descriptors: how everything in an image points to everything else (image-spec descriptor.md).
import { type Digest, parseDigest } from './digest.ts';
import { object, optional, size, string, stringMap, strings } from './json.ts';
import { type Platform, statedPlatform } from './platform.ts';

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Where else the blob can be had. Never followed: nobody vouches for them. */
  readonly urls?: readonly string[];
}

/** Throws `corrupt`. @param what Its place in the document, for messages. */
export function parseDescriptor(value: unknown, what: string): Descriptor {
  const fields = object(value, what);
  const platform = optional(fields.platform, (given) => {
    const stated = object(given, `the platform of ${what}`);
    return statedPlatform(
      string(stated.os, `the os of ${what}`),
      string(stated.architecture, `the architecture of ${what}`),
      optional(stated.variant, (variant) => string(variant, `the variant of ${what}`)),
    );
  });
  const annotations = optional(fields.annotations, (given) => stringMap(given, `the annotations of ${what}`));
  const urls = optional(fields.urls, (given) => strings(given, `the urls of ${what}`));
  return {
    mediaType: string(fields.mediaType, `the media type of ${what}`),
    digest: parseDigest(fields.digest),
    size: size(fields.size, `the size of ${what}`),
    ...(platform === undefined ? {} : { platform }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(urls === undefined ? {} : { urls }),
  };
}

// Where a registry wants the bytes of an upload (distribution-spec, "Pushing blobs": Location, relative or absolute) and how
// many of them it has (Range). ATTACK: both are what a hostile registry says.
import { TsdockerError } from '../error.ts';
import { isOnlyHere } from './redirect.ts';

/** Throws `registry` for a place that is to hear nothing of a private image. @param title Who names it. */
export function uploadLocation(from: URL, location: string | null, title: string): URL {
  const refuse = (why: string): never => {
    throw new TsdockerError('registry', `${title} takes uploads ${why}`);
  };
  if (location === null || !URL.canParse(location, from)) return refuse('nowhere: its answer has no usable Location');
  const url = new URL(location, from);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') refuse('by neither http nor https');
  if (from.protocol === 'https:' && url.protocol === 'http:') refuse(`by plain http at ${url.host}`);
  if (url.username !== '' || url.password !== '') refuse(`at ${url.host} with credentials in the address`);
  if (isOnlyHere(url.hostname) && !isOnlyHere(from.hostname)) refuse(`on this machine itself, at ${url.host}`);
  url.hash = '';
  return url;
}

/** The location that ends an upload. Its own query stays byte for byte: it may be signed. */
export function withDigest(location: URL, digest: string): URL {
  const url = new URL(location);
  url.search = `${url.search === '' ? '?' : `${url.search}&`}digest=${encodeURIComponent(digest)}`;
  return url;
}

/** How many bytes a registry has: `0-99` are 100. Without the header there are none. Undefined where it cannot be. */
export function bytesHeld(range: string | null, size: number): number | undefined {
  if (range === null) return 0;
  const [, last] = /^(?:bytes=)?0-(\d{1,15})$/.exec(range.trim()) ?? [];
  if (last === undefined) return undefined;
  // «0-0» is one byte, and what distribution says of an upload that has none.
  const held = last === '0' ? 0 : Number(last) + 1;
  return held <= size ? held : undefined;
}

/** Bytes of a part, or undefined where the blob is to be sent at once. @param header OCI-Chunk-Min-Length. */
export function partSize(header: string | null, size: number): number | undefined {
  if (header === null || !/^\d{1,12}$/.test(header.trim())) return undefined;
  const wanted = Math.max(Number(header), usualPart);
  return wanted < size ? wanted : undefined;
}

const usualPart = 2 ** 24;
